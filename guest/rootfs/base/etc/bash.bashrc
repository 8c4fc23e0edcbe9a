# Read by every interactive bash: login shells through /etc/profile, others because Debian's bash
# does so, among them those started by `unshare … bash`.
case $- in *i*) ;; *) return ;; esac

# OSC 133 marks: D command ended with this status, A prompt begins, B input begins, C output begins.
# `aid` tells nested shells apart, in nested PID namespaces too, where process ids repeat. A login
# shell says that it is one: it is the first on its terminal. `n` counts prompts; one that is drawn
# again, after the terminal's size has changed, keeps its number.
__aid=$$-$RANDOM
if shopt -q login_shell; then __aid=login-$__aid; fi
__n=0
PS1='\[\e]133;D;$?;aid=$__aid\a\e]133;A;aid=$__aid;n=$((++__n))\a\]\u@\h:\w\$ \[\e]133;B\a\]'
PS0='\e]133;C;aid=$__aid\a'
PS2='\[\e]133;P;k=s;aid=$__aid\a\]> '
PS3=$'\e]133;P;k=s;aid='$__aid$'\a#? '

HISTCONTROL=ignoreboth
HISTFILE=
alias ls='ls --color=auto' ll='ls -l' grep='grep --color=auto'
