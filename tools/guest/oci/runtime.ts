import type { RuntimeConfig } from "./umoci.ts";

/** Adjusts what umoci makes of an image, for a bundle that `guest/oci/bundle` makes in a machine. */
export function forBundle(made: RuntimeConfig, name: string): RuntimeConfig {
  const { process, linux } = made;
  return {
    ...made,
    process: {
      ...process,
      terminal: false,
      env: process.env.map((entry) => entry.replace(/^TERM=.*/, "TERM=xterm-256color")),
    },
    root: { ...made.root, path: "rootfs" },
    hostname: name,
    linux: { ...linux, namespaces: [...linux.namespaces, { type: "cgroup" }] },
  };
}
