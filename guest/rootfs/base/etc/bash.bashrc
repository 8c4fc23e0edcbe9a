# Read by every interactive bash: login shells through /etc/profile, others because Debian's bash
# does so, among them those started by `unshare … bash`.
case $- in *i*) ;; *) return ;; esac

# OSC 133 marks: D command ended with this status, A prompt begins, B input begins, C output begins.
# `aid` is the shell's process id, which tells nested shells apart.
PS1='\[\e]133;D;$?;aid=$$\a\e]133;A;aid=$$\a\]\u@\h:\w\$ \[\e]133;B\a\]'
PS0='\e]133;C;aid=$$\a'

HISTCONTROL=ignoreboth
HISTFILE=
alias ls='ls --color=auto' ll='ls -l' grep='grep --color=auto'
