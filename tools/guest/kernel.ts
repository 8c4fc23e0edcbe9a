import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { cachedFolder, hashOf } from "./cache.ts";
import { GuestBuildError } from "./errors.ts";
import type { LockedPackage } from "./lock.ts";
import { debPath, downloadPackages } from "./mirror.ts";
import { count, progress } from "./progress.ts";
import { run, runLong } from "./run.ts";

/** Processor time of one build, measured; divided by the cores at hand to tell what to expect. */
const BUILD_CPU_MINUTES = 13;
const REPORT_EVERY_MS = 30_000;
/** Where boot loaders put the payload of a bzImage, and where the kernel is linked to run. */
const LOAD_ADDRESS = 0x100000;

const BUILD_SCRIPT = "guest/kernel/build.sh";

/** What is kept of a build tree. System.map turns addresses into names, for profiling. */
const KEPT = {
  bzImage: "arch/x86/boot/bzImage",
  "vmlinux.bin": "vmlinux.bin",
  "System.map": "System.map",
  config: ".config",
  release: "include/config/kernel.release",
};

export interface KernelPlan {
  source: LockedPackage;
  /** Fragments' texts, later ones win. */
  fragments: string[];
  /** Absolute path of the build script. */
  script: string;
  /** Names the result in the cache. */
  key: string;
}

export interface Kernel {
  image: Uint8Array<ArrayBuffer>;
  /** As `uname -r` prints it. */
  release: string;
}

/** Gathers what a kernel is built from, without building it. */
export function planKernel(
  root: string,
  source: LockedPackage,
  fragmentPaths: readonly string[],
): KernelPlan {
  const fragments = fragmentPaths.map((path) => readFileSync(join(root, path), "utf8"));
  const script = join(root, BUILD_SCRIPT);
  const key = hashOf([source.sha256, fragments, readFileSync(script, "utf8"), compilerVersion()]);
  return { source, fragments, script, key };
}

/** The compiler and linker, whose versions the kernel's bytes depend on. */
export function compilerVersion(): string {
  const first = (text: string) => text.split("\n")[0];
  return `${first(run("gcc", ["--version"]))}; ${first(run("ld", ["--version"]))}`;
}

/** Where in the cache the kernel of a plan is, once it has been built. */
export function kernelFolder(cache: string, key: string): string {
  return join(cache, "kernel", key.slice(0, 16));
}

/** Builds the kernel, or takes it from the cache. */
export async function buildKernel(cache: string, plan: KernelPlan): Promise<Kernel> {
  const output = kernelFolder(cache, plan.key);
  const work = join(cache, "work", `kernel-${plan.key.slice(0, 16)}`);
  if (!existsSync(output)) {
    downloadPackages(cache, [plan.source]);
    await compile(cache, plan, work);
    cachedFolder(output, (aside) => {
      for (const [name, path] of Object.entries(KEPT))
        copyFileSync(join(work, path), join(aside, name));
    });
  }
  // Also after a build that was killed just here.
  rmSync(work, { recursive: true, force: true });
  return {
    image: unpackedImage(output),
    release: readFileSync(join(output, "release"), "utf8").trim(),
  };
}

async function compile(cache: string, plan: KernelPlan, work: string): Promise<void> {
  const cores = availableParallelism();
  const source = `${plan.source.name} ${plan.source.version}`;
  const isBegun = existsSync(work);
  progress(
    isBegun
      ? `kernel: going on with ${source}`
      : `kernel: unpacking ${source}, then compiling on ${cores} cores: ` +
          `about ${Math.ceil(BUILD_CPU_MINUTES / cores)} minutes. Stop it when you like: it goes on where it stopped.`,
  );
  cachedFolder(work, (aside) => {
    const archive = `./usr/src/${plan.source.name}.tar.xz`;
    const deb = debPath(cache, plan.source);
    run("sh", [
      "-ec",
      'dpkg-deb --fsys-tarfile "$1" | tar xO "$2" | tar xJ --strip-components=1 -C "$3"',
      "sh",
      deb,
      archive,
      aside,
    ]);
  });
  const wanted = plan.fragments.join("\n");
  const fragment = join(work, "one-kernel.config");
  if (!existsSync(fragment)) {
    // It has its name once the configuration is whole: a build that was killed before begins it anew.
    const aside = `${fragment}.part`;
    writeFileSync(aside, wanted);
    run(plan.script, ["configure", aside], work);
    renameSync(aside, fragment);
  }
  checkConfig(wanted, readFileSync(join(work, ".config"), "utf8"));

  const before = isBegun ? objectsIn(work) : 0;
  let compiled = 0;
  const tell = () => progress(`kernel: ${before + compiled} files compiled`);
  count({ done: before, before });
  const report = setInterval(tell, REPORT_EVERY_MS);
  try {
    await runLong(plan.script, ["compile", String(cores)], {
      cwd: work,
      onLine: (line) => {
        if (!/^ {2}(CC|AS) /.test(line)) return;
        compiled++;
        count({ done: before + compiled, before });
      },
    });
  } finally {
    clearInterval(report);
  }
}

/** How many files an earlier build, which was stopped, has compiled. */
function objectsIn(work: string): number {
  return readdirSync(work, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".o"),
  ).length;
}

/** Kconfig drops an option silently when what it depends on is off: say so instead. */
export function checkConfig(wanted: string, config: string): void {
  const values = (text: string) =>
    new Map(
      [...text.matchAll(/^(CONFIG_\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]),
    );
  const got = values(config);
  const wrong = [...values(wanted)].filter(([name, value]) => (got.get(name) ?? "n") !== value);
  if (wrong.length > 0)
    throw new GuestBuildError(
      `the kernel's configuration did not take: ${wrong
        .map(([name, value]) => `${name}=${value} (is ${got.get(name) ?? "n"})`)
        .join(", ")}. An option it depends on is missing, or another one selects it.`,
    );
}

/**
 * A bzImage whose payload is the kernel itself and not an archive with its unpacker: the boot
 * loader puts it where it is linked to run, and the real-mode code jumps to its first byte, which
 * is `startup_32`. The fields are those of Documentation/x86/boot.rst.
 */
function unpackedImage(kernel: string): Uint8Array<ArrayBuffer> {
  const address = (symbol: string) => {
    const map = readFileSync(join(kernel, "System.map"), "utf8");
    const hit = new RegExp(`^([0-9a-f]+) . ${symbol}$`, "m").exec(map)?.[1];
    if (!hit) throw new GuestBuildError(`the kernel's System.map has no ${symbol}`);
    return Number.parseInt(hit, 16);
  };
  if (address("phys_startup_32") !== LOAD_ADDRESS)
    throw new GuestBuildError("the kernel is not linked for 0x100000: see CONFIG_PHYSICAL_START");
  return withPayload(
    readFileSync(join(kernel, "bzImage")),
    readFileSync(join(kernel, "vmlinux.bin")),
    address("_end") - address("_text"),
  );
}

/** Replaces a bzImage's payload and the header fields that describe it. */
export function withPayload(
  bzImage: Uint8Array,
  payload: Uint8Array,
  memorySize: number,
): Uint8Array<ArrayBuffer> {
  const SETUP_SECTS = 0x1f1;
  const SYSSIZE = 0x1f4;
  const PAYLOAD_OFFSET = 0x248;
  const PAYLOAD_LENGTH = 0x24c;
  const INIT_SIZE = 0x260;
  const setup = Buffer.from(bzImage.subarray(0, ((bzImage[SETUP_SECTS] ?? 0) + 1) * 512));
  const padding = Buffer.alloc(-payload.length & 15);
  setup.writeUInt32LE((payload.length + padding.length) / 16, SYSSIZE);
  // No compressed kernel is inside for a loader to look at.
  setup.writeUInt32LE(0, PAYLOAD_OFFSET);
  setup.writeUInt32LE(0, PAYLOAD_LENGTH);
  setup.writeUInt32LE(memorySize, INIT_SIZE);
  return new Uint8Array(Buffer.concat([setup, payload, padding]));
}
