import { type DeviceId, deviceOfAddress, deviceOfPort, type Range } from "./devices.ts";

/** None takes more than five numbers; those that are not there are undefined, which does no harm. */
type Import = (a?: number, b?: number, c?: number, d?: number, e?: number) => unknown;

/** What v86's WebAssembly calls for a port, by whether it reads. */
const PORT_CALLS: Record<string, Access> = {
  io_port_read8: "reads",
  io_port_read16: "reads",
  io_port_read32: "reads",
  io_port_write8: "writes",
  io_port_write16: "writes",
  io_port_write32: "writes",
};
/** The same for physical addresses that are not memory. */
const MEMORY_CALLS: Record<string, Access> = {
  mmap_read8: "reads",
  mmap_read32: "reads",
  mmap_write8: "writes",
  mmap_write16: "writes",
  mmap_write32: "writes",
  mmap_write64: "writes",
  mmap_write128: "writes",
};

/** Where v86 0.5.462 keeps these in its memory: `src/rust/cpu/global_pointers.rs`. */
const INSTRUCTION_POINTER = 556;
const CR0 = 580;
const PRIVILEGE_LEVEL = 612;
const HALTED = 616;
const LAST_PAGE = 620;
const PHYSICAL_XOR = 624;
const INSTRUCTION_COUNTER = 664;

/** Control register 0: protection enable, paging (Intel SDM vol. 3A, 2.5). */
const PROTECTION = 1;
const PAGING = 0x8000_0000;

/** The first byte that firmware loads a system to (the boot sector), and the end of low memory. */
const BOOT_SECTOR = 0x7c00;
const LOW_MEMORY_END = 0xa_0000;
const HIGH_MEMORY = 0x10_0000;

const PAGE_BITS = 12;
/** Pages whose translation is kept; a boot of `linux` has some fifteen. */
const MOST_PAGES = 256;

type Access = "reads" | "writes";
type Counts = Record<Access, number>;

/**
 * How far a boot has come: the code that firmware loaded runs (`loaded`); it has left real mode
 * (`protected`); the kernel translates addresses (`paging`).
 */
export type CpuMilestone = "loaded" | "protected" | "paging";

/** What the CPU was doing, in milliseconds of the host and in guest instructions. */
export interface CpuTime {
  kernelMs: number;
  userMs: number;
  haltedMs: number;
  kernelInstructions: number;
  userInstructions: number;
}

/** How often the guest reached for a device, which made the emulator act. */
export interface DeviceTraps extends Counts {
  device: DeviceId;
}

/** A page of guest code that was rewritten, and what of it is known. */
export interface TranslatedPage {
  /** Physical address of the page's first byte. */
  address: number;
  /** How often it was translated since the last reset. */
  times: number;
  /** Bytes of its newest WebAssembly module. */
  moduleBytes: number;
  /** Samples of the program counter that fell into it. */
  samples: number;
  /** Physical address that was sampled most. */
  hottest: number;
}

interface PageRecord {
  times: number;
  module: Uint8Array<ArrayBuffer>;
}

/**
 * Looks at the emulated CPU from outside, through the calls that v86's WebAssembly makes. It counts
 * only while somebody watches, notes milestones only until the last one, and keeps what has been
 * translated, which happens some fifteen times in a boot of `linux`.
 *
 * The CPU's mode is sampled each time the emulator looks at its timers: after some 100,000
 * instructions, or when the CPU has halted. What ran since the last sample is put down to the mode
 * found there.
 *
 * v86 has the interrupt controllers (PIC, APIC) inside its WebAssembly, which calls nothing for them:
 * their accesses are not counted.
 */
export class Probe {
  readonly #reached: (milestone: CpuMilestone) => void;
  #memory: WebAssembly.Memory | undefined;
  #view = new DataView(new ArrayBuffer(0));
  #watching = false;
  #next: CpuMilestone | undefined = "loaded";
  #time: CpuTime = noTime();
  #sampled: { at: number; counter: number } | undefined;
  readonly #ports = new Map<number, Counts>();
  readonly #addresses = new Map<number, Counts>();
  readonly #pages = new Map<number, PageRecord>();
  readonly #samples = new Map<number, number>();
  #translations = { modules: 0, bytes: 0 };

  /** @param reached  told once of each milestone, at the latest 100,000 instructions later */
  constructor(reached: (milestone: CpuMilestone) => void) {
    this.#reached = reached;
  }

  /** Puts itself between v86's WebAssembly and what that calls. Before it is instantiated. */
  wrap(imports: WebAssembly.Imports): void {
    const env = imports.env as Record<string, Import>;
    const tap = (name: string, heard: Import, always = false) => {
      const call = env[name];
      if (!call) throw new Error(`v86 no longer imports ${name}`);
      env[name] = (a, b, c, d, e) => {
        if (always || this.#watching || this.#next) heard(a, b, c, d, e);
        return call(a, b, c, d, e);
      };
    };
    for (const [name, access] of Object.entries(PORT_CALLS))
      tap(name, (port = 0) => this.#access(this.#ports, port, access));
    for (const [name, access] of Object.entries(MEMORY_CALLS))
      tap(name, (address = 0) => this.#access(this.#addresses, address >>> PAGE_BITS, access));
    tap("run_hardware_timers", (_, now = 0) => this.#sample(now));
    // A page is translated once and then run a million times: who looks later has missed nothing.
    tap(
      "codegen_finalize",
      (_, start = 0, __, at = 0, length = 0) =>
        this.#translated(start >>> 0, at >>> 0, length >>> 0),
      true,
    );
  }

  /** @param memory  v86's own, which has the guest's inside */
  attach(memory: WebAssembly.Memory): void {
    this.#memory = memory;
  }

  /** Begins or ends counting. What has been counted stays. */
  set watching(on: boolean) {
    this.#watching = on;
    this.#sampled = undefined;
  }

  /** A restored machine has no boot to follow. */
  skipBoot(): void {
    this.#next = undefined;
  }

  get time(): CpuTime {
    return { ...this.#time };
  }

  /** WebAssembly modules that were made, and their bytes. */
  get translations(): { modules: number; bytes: number } {
    return { ...this.#translations };
  }

  /**
   * Accesses so far, the device with most of them first.
   * @param assigned  ports that firmware gave to PCI devices
   */
  traps(assigned: readonly Range[]): DeviceTraps[] {
    const devices = new Map<DeviceId, DeviceTraps>();
    const add = (device: DeviceId, { reads, writes }: Counts) => {
      const sum = devices.get(device) ?? { device, reads: 0, writes: 0 };
      sum.reads += reads;
      sum.writes += writes;
      devices.set(device, sum);
    };
    for (const [port, counts] of this.#ports) add(deviceOfPort(port, assigned), counts);
    for (const [page, counts] of this.#addresses) add(deviceOfAddress(page << PAGE_BITS), counts);
    return [...devices.values()].sort((a, b) => b.reads + b.writes - a.reads - a.writes);
  }

  /** Translated pages, the most sampled first. */
  get pages(): TranslatedPage[] {
    const hottest = new Map<number, { samples: number; at: number; most: number }>();
    for (const [address, count] of this.#samples) {
      const page = address >>> PAGE_BITS;
      const known = hottest.get(page) ?? { samples: 0, at: address, most: 0 };
      known.samples += count;
      if (count > known.most) [known.at, known.most] = [address, count];
      hottest.set(page, known);
    }
    const pages = [...this.#pages].map(([page, { times, module }]) => ({
      address: page << PAGE_BITS,
      times,
      moduleBytes: module.length,
      samples: hottest.get(page)?.samples ?? 0,
      hottest: hottest.get(page)?.at ?? page << PAGE_BITS,
    }));
    return pages.sort((a, b) => b.samples - a.samples || b.times - a.times);
  }

  /** The newest module of the page at a physical address. */
  module(address: number): Uint8Array<ArrayBuffer> | undefined {
    return this.#pages.get(address >>> PAGE_BITS)?.module;
  }

  #access(counts: Map<number, Counts>, key: number, access: Access): void {
    if (this.#next) this.#lookForMilestone();
    if (!this.#watching) return;
    const known = counts.get(key);
    if (known) known[access]++;
    else counts.set(key, { reads: 0, writes: 0, [access]: 1 });
  }

  #sample(now: number): void {
    if (this.#next) this.#lookForMilestone();
    if (!this.#watching) return;
    const view = this.#look();
    const counter = view.getUint32(INSTRUCTION_COUNTER, true);
    const last = this.#sampled;
    this.#sampled = { at: now, counter };
    if (!last) return;
    const ms = now - last.at;
    const instructions = (counter - last.counter) >>> 0;
    const user = view.getUint8(PRIVILEGE_LEVEL) !== 0;
    if (user) this.#time.userInstructions += instructions;
    else this.#time.kernelInstructions += instructions;
    if (view.getUint8(HALTED) !== 0) this.#time.haltedMs += ms;
    else {
      if (user) this.#time.userMs += ms;
      else this.#time.kernelMs += ms;
      this.#sampleCode(view);
    }
  }

  #sampleCode(view: DataView): void {
    const pointer = view.getInt32(INSTRUCTION_POINTER, true);
    // v86 remembers how the last page was translated; it may have left that page since.
    if ((pointer & ~0xfff) !== view.getInt32(LAST_PAGE, true)) return;
    const physical = (pointer ^ view.getInt32(PHYSICAL_XOR, true)) >>> 0;
    this.#samples.set(physical, (this.#samples.get(physical) ?? 0) + 1);
  }

  #translated(start: number, at: number, length: number): void {
    if (!this.#memory) return;
    const module = new Uint8Array(this.#memory.buffer, at, length).slice();
    const page = start >>> PAGE_BITS;
    const times = (this.#pages.get(page)?.times ?? 0) + 1;
    this.#translations.modules++;
    this.#translations.bytes += length;
    // Newest last, so that the one that goes is the oldest.
    this.#pages.delete(page);
    this.#pages.set(page, { times, module });
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > MOST_PAGES && oldest !== undefined) this.#pages.delete(oldest);
  }

  #lookForMilestone(): void {
    const view = this.#look();
    if (view.byteLength === 0) return;
    const cr0 = view.getUint32(CR0, true);
    const pointer = view.getUint32(INSTRUCTION_POINTER, true);
    const low = pointer >= BOOT_SECTOR && pointer < LOW_MEMORY_END;
    const protects = (cr0 & PROTECTION) !== 0;
    // Firmware uses high memory too, but has done so for the last time.
    if (this.#next === "loaded" && low) this.#reach("loaded", "protected");
    if (this.#next === "protected" && protects && (low || pointer >= HIGH_MEMORY))
      this.#reach("protected", "paging");
    if (this.#next === "paging" && (cr0 & PAGING) !== 0) this.#reach("paging", undefined);
  }

  #reach(milestone: CpuMilestone, next: CpuMilestone | undefined): void {
    this.#next = next;
    this.#reached(milestone);
  }

  /** v86's memory as it is now: growing replaces the buffer. */
  #look(): DataView {
    if (this.#memory && this.#view.buffer !== this.#memory.buffer)
      this.#view = new DataView(this.#memory.buffer);
    return this.#view;
  }
}

function noTime(): CpuTime {
  return { kernelMs: 0, userMs: 0, haltedMs: 0, kernelInstructions: 0, userInstructions: 0 };
}
