/* Stands in for the header that crun's configure writes: what glibc and the kernel's headers of the
   suite have, and of the optional parts those that work in the machine. Left out: systemd, CRIU,
   gcrypt, Python, and whatever is loaded at run time by dlopen. */
#define PACKAGE_NAME "crun"
#define LIBCRUN_PUBLIC extern

#define HAVE_CAP 1
#define HAVE_EBPF 1
#define HAVE_SECCOMP 1
#define HAVE_SECCOMP_GET_NOTIF_SIZES 1
#define SECCOMP_ARCH_RESOLVE_NAME 1

#define HAVE_COPY_FILE_RANGE 1
#define HAVE_ERROR_H 1
#define HAVE_FGETPWENT_R 1
#define HAVE_FGETXATTR 1
#define HAVE_FSCONFIG_CMD_CREATE_LINUX_MOUNT_H 1
#define HAVE_FSCONFIG_CMD_CREATE_SYS_MOUNT_H 1
#define HAVE_LINUX_OPENAT2_H 1
#define HAVE_STATX 1
#define HAVE_STDATOMIC_H 1
