/**
 * What glibc's and musl's `strerror` say of the errors that experiments provoke; commands print one
 * of them. Sources: glibc `sysdeps/gnu/errlist.h`, musl `src/errno/__strerror.h`.
 */
const MESSAGES = {
  EPERM: ["Operation not permitted"],
  ENOENT: ["No such file or directory"],
  ESRCH: ["No such process"],
  EAGAIN: ["Resource temporarily unavailable"],
  ENOMEM: ["Cannot allocate memory", "Out of memory"],
  EACCES: ["Permission denied"],
  EBUSY: ["Device or resource busy", "Resource busy"],
  EEXIST: ["File exists"],
  ENODEV: ["No such device"],
  EINVAL: ["Invalid argument"],
  ENOSPC: ["No space left on device"],
  EROFS: ["Read-only file system"],
  ENOEXEC: ["Exec format error"],
  ENOSYS: ["Function not implemented"],
} as const satisfies Record<string, readonly string[]>;

/** Name of a system call's error, as errno(3) has it. */
export type ErrorName = keyof typeof MESSAGES;

export const ERROR_NAMES = Object.keys(MESSAGES) as ErrorName[];

/** Whether a command's output says that a system call failed with this error. */
export function saysError(output: string, name: ErrorName): boolean {
  return MESSAGES[name].some((message) => output.includes(message));
}
