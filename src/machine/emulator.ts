import { V86 } from "v86";
import type { DeviceId, Range } from "./devices.ts";
import { engineError } from "./errors.ts";
import { PAGE_BYTES, packFrozen, stretchesOf, unpackFrozen } from "./frozen.ts";
import type { GuestMachine, Terminals } from "./manifest.ts";
import { type CpuMilestone, type DeviceTraps, Probe } from "./probe.ts";
import { steadyClock } from "./steady-clock.ts";
import { type Work, workClock } from "./work-clock.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What a machine begins with: firmware and what it starts, or a state saved before. */
export type MachineOrigin =
  | { bios: Bytes; vgaBios?: Bytes; kernel: Bytes; initrd: Bytes }
  | { bios: Bytes; vgaBios?: Bytes; floppy: Bytes }
  /** As {@link Emulator.save} gave it. */
  | { state: Bytes };

/** What the machine is made of besides its files. */
export interface Devices {
  /** Answers the guest's 9P requests; without it there is no 9P device. */
  share?: ((request: Uint8Array) => Promise<Uint8Array>) | undefined;
  /** Whether the probe hears what the engine calls. */
  probes?: boolean | undefined;
  /** What the guest's clock follows; see `MachineOptions`. */
  clock?: "time" | "work" | undefined;
}

/** What the emulated PC reports. None of these may throw. */
export interface EmulatorEvents {
  terminal(port: number, data: Uint8Array): void;
  serial(byte: number): void;
  /** An Ethernet frame from the guest's network card. The buffer is v86's: copy what is kept. */
  frame(data: Uint8Array): void;
  /** The guest asked for a reset: keyboard controller, or the PCI reset port. */
  reset(): void;
  /** The guest halted with interrupts off: it can never run again. */
  halt(): void;
  /** How far the boot has come. */
  milestone(milestone: CpuMilestone): void;
}

/** Keyboard controller command port, and the command that pulses the CPU's reset line (IBM PC/AT). */
const KBC_COMMAND_PORT = 0x64;
const KBC_PULSE_RESET = 0xfe;
/** Reset control register of Intel chipsets; bit 2 resets the CPU. */
const RESET_CONTROL_PORT = 0xcf9;
const RESET_CPU_BIT = 4;

/** Ports that v86's virtio-console device has. */
const TERMINAL_PORTS = 4;
/** v86's virtio-console drops a buffer larger than what the guest posted: a page for Linux's hvc. */
const INPUT_CHUNK = 1024;
/** How often to look again when the guest has no room for input. */
const INPUT_RETRY_MS = 5;
/** All that a VGA ever had, and v86's least: the machines show text. A snapshot is smaller for it. */
const VGA_MEMORY_BYTES = 256 * 1024;
/** Where v86 puts Linux's initial file system, whatever the memory's size (`src/kernel.js`). */
const INITRD_ADDRESS = 64 * 1024 * 1024;
/**
 * Where v86 puts the kernel's setup header, and in it the two words that say where the initial file
 * system is and how long (Linux's Documentation/arch/x86/boot.rst: ramdisk_image, ramdisk_size).
 */
const SETUP_ADDRESS = 0x80000;
const RAMDISK_IMAGE = SETUP_ADDRESS + 0x218;
/** First base address register, in words of a device's PCI configuration space; and its I/O base. */
const PCI_BAR_WORD = 4;
const PCI_IO_BASE = 0xfffc;
/** v86's names of the virtio devices. */
const VIRTIO = {
  virtio_console: "virtio-console",
  virtio_9p: "virtio-9p",
  virtio_net: "virtio-net",
} as const satisfies Record<string, DeviceId>;
/** v86 adds a card that our kernels have no driver for unless the type is one it does not know. */
const NO_NETWORK_CARD = "none" as "virtio";

/** One emulated PC: v86 with the devices the book uses. Thin on purpose. */
export class Emulator {
  readonly probe: Probe;
  readonly #v86: V86;
  readonly #loaded: Promise<void>;
  readonly #fail: (reason: Error) => void;
  readonly #input: Uint8Array[][] = Array.from({ length: TERMINAL_PORTS }, () => []);
  #inputTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #terminals: Terminals;
  readonly memoryBytes: number;
  #lastCounter = 0;
  #instructions = 0;
  /** Requests of the guest's 9P client that have no answer yet. */
  #shareRequests = 0;
  #destroyed = false;

  constructor(
    wasm: WebAssembly.Module,
    machine: GuestMachine,
    origin: MachineOrigin,
    events: EmulatorEvents,
    { share, probes = true, clock = "time" }: Devices = {},
  ) {
    this.#terminals = machine.terminals;
    this.memoryBytes = machine.memoryMiB * 1024 * 1024;
    const address = machine.mac === undefined ? undefined : bytesOfMac(machine.mac);
    const probe = new Probe((milestone) => events.milestone(milestone));
    if ("state" in origin) probe.skipBoot();
    this.probe = probe;
    const loaded = Promise.withResolvers<void>();
    this.#loaded = loaded.promise;
    this.#fail = loaded.reject;
    const v86 = new V86({
      wasm_fn: async (imports) => {
        watchForReset(imports, events);
        steadyClock(imports);
        if (clock === "work") workClock(imports, () => this.#work());
        if (probes) probe.wrap(imports);
        try {
          const { exports } = await WebAssembly.instantiate(wasm, imports);
          probe.attach(exports.memory as WebAssembly.Memory);
          translateByThePage(exports);
          return "state" in origin ? withoutFirstClearing(exports) : exports;
        } catch (thrown) {
          loaded.reject(engineError(String(thrown)));
          // v86 has nobody to tell, so it is left waiting.
          return new Promise<never>(() => {});
        }
      },
      memory_size: this.memoryBytes,
      vga_memory_size: VGA_MEMORY_BYTES,
      ...originOptions(machine, origin),
      virtio_console: { type: "none" },
      net_device: { type: address ? "virtio" : NO_NETWORK_CARD },
      ...(share && {
        filesystem: {
          handle9p: (request: Uint8Array, reply: (answer: Uint8Array) => void) => {
            this.#shareRequests++;
            void share(request)
              .finally(() => this.#shareRequests--)
              .then((answer) => {
                if (!this.#destroyed) reply(answer);
              });
          },
        },
      }),
      disable_keyboard: true,
      disable_mouse: true,
      disable_speaker: true,
      autostart: false,
    });
    this.#v86 = v86;
    v86.add_listener("emulator-loaded", async () => {
      try {
        if ("state" in origin) await this.#thaw(origin.state);
        if ("initrd" in origin && !initrdFits(machine)) this.#placeInitrd(origin.initrd);
      } catch (thrown) {
        loaded.reject(thrown);
        return;
      }
      // v86 makes an address up; nothing has read it yet.
      const card = this.#networkCard();
      if (card && address) card.mac = address;
      this.#lastCounter = v86.get_instruction_counter() >>> 0;
      loaded.resolve();
    });
    v86.add_listener("serial0-output-byte", (byte) => events.serial(byte));
    // Port 0 is the only one v86's type declarations name.
    const listen = v86.add_listener.bind(v86) as (
      event: string,
      listener: (data: Uint8Array) => void,
    ) => void;
    for (let port = 0; port < TERMINAL_PORTS; port++)
      listen(`virtio-console${port}-output-bytes`, (data) => events.terminal(port, data.slice()));
    listen("net0-send", (data) => events.frame(data));
    listen("cpu-event-halt", () => events.halt());
  }

  /** The engine broke: whoever waits for it to load gets `reason`. */
  fail(reason: Error): void {
    this.#fail(reason);
  }

  async run(): Promise<void> {
    await this.#loaded;
    await this.#v86.run();
  }

  async stop(): Promise<void> {
    const loaded = await this.#loaded.then(
      () => true,
      () => false,
    );
    if (!loaded) return;
    await this.#v86.stop();
    this.instructions();
  }

  /**
   * What goes on in the machine, if anything does: its processor runs, it waits for an answer about a
   * shared file, or input for it has not been taken. The last two are only here, in no state.
   */
  get unrest(): "processor" | "share" | "input" | undefined {
    const halted = (this.#v86 as unknown as V86Internals).v86?.cpu.in_hlt[0] === 1;
    if (!halted) return "processor";
    if (this.#shareRequests > 0) return "share";
    return this.#input.some((queue) => queue.length > 0) ? "input" : undefined;
  }

  /**
   * The whole machine, packed as {@link Frozen} says. Stop it first: its memory is cleared for a
   * moment, so that v86 leaves it out of its own state.
   */
  async save(): Promise<Bytes> {
    await this.#loaded;
    const live = this.#v86.read_memory(0, this.memoryBytes) as Bytes;
    const memory = stretchesOf(live).map(({ address, content }) => ({
      address,
      content: content.slice(),
    }));
    live.fill(0);
    const state = new Uint8Array(await this.#v86.save_state());
    for (const { address, content } of memory) live.set(content, address);
    return packFrozen({ state, memory });
  }

  async #thaw(packed: Bytes): Promise<void> {
    const { state, memory } = unpackFrozen(packed);
    await this.#v86.restore_state(state.buffer);
    for (const { address, content } of memory) this.#v86.write_memory(content, address);
  }

  /** Puts the initial file system in the middle of a memory that ends where v86 would put it. */
  #placeInitrd(initrd: Bytes): void {
    const address = this.memoryBytes / 2;
    this.#v86.write_memory(initrd, address);
    const fields = Uint32Array.of(address, initrd.length);
    this.#v86.write_memory(new Uint8Array(fields.buffer), RAMDISK_IMAGE);
  }

  async destroy(): Promise<void> {
    this.#destroyed = true;
    clearTimeout(this.#inputTimer);
    await this.#loaded.then(
      () => this.#v86.destroy(),
      () => {},
    );
  }

  input(port: number, data: Uint8Array): void {
    if (this.#terminals.on === "serial") {
      // The serial port keeps what the guest has not read yet.
      if (port === 0) for (const byte of data) this.#send("serial0-input", byte);
      return;
    }
    const queue = this.#input[port];
    if (!queue)
      throw new RangeError(`terminal ${port}: this machine has 0 to ${TERMINAL_PORTS - 1}`);
    for (let at = 0; at < data.length; at += INPUT_CHUNK)
      queue.push(data.slice(at, at + INPUT_CHUNK));
    this.#inputTimer ??= setTimeout(() => this.#pumpInput(), 0);
  }

  #pumpInput(): void {
    this.#inputTimer = undefined;
    for (const [port, queue] of this.#input.entries())
      while (queue.length > 0 && this.#hasRoom(port))
        this.#send(`virtio-console${port}-input-bytes`, queue.shift());
    if (this.#input.some((queue) => queue.length > 0))
      this.#inputTimer = setTimeout(() => this.#pumpInput(), INPUT_RETRY_MS);
  }

  /**
   * v86 drops input for which the guest has posted no buffer, so ask first. Before the guest's driver
   * has told where the queue is, v86 looks for buffers at address 0, and writes over what is there.
   */
  #hasRoom(port: number): boolean {
    const internals = this.#v86 as unknown as V86Internals;
    // The multiport layout of the virtio console device: ports above 0 follow the control queues.
    const index = port === 0 ? 0 : port * 2 + 2;
    const queue = internals.v86?.cpu.devices.virtio_console.virtio.queues[index];
    return queue !== undefined && hasBuffers(queue);
  }

  /** What {@link Probe.traps} says, with the ports that firmware has given to PCI devices. */
  traps(): DeviceTraps[] {
    const devices = (this.#v86 as unknown as V86Internals).v86?.cpu.devices;
    if (!devices) return [];
    const ranges = Object.entries(VIRTIO).flatMap(([name, id]): Range[] => {
      const virtio = devices[name as keyof typeof VIRTIO]?.virtio;
      const space = virtio && devices.pci.device_spaces[virtio.pci_id];
      if (!space) return [];
      return virtio.pci_bars.map(({ size }, index) => {
        const first = (space[PCI_BAR_WORD + index] ?? 0) & PCI_IO_BASE;
        return [first, first + size - 1, id];
      });
    });
    return this.probe.traps(ranges);
  }

  /** How much of the guest's memory holds anything but zeros, in bytes; whole pages. */
  touchedBytes(): number {
    const memory = this.#v86.read_memory(0, this.memoryBytes) as Bytes;
    return stretchesOf(memory).reduce((sum, { content }) => sum + content.length, 0);
  }

  /** A copy of the page of guest memory that a physical address is in. */
  pageAt(address: number): Bytes {
    return (this.#v86.read_memory(address - (address % PAGE_BYTES), PAGE_BYTES) as Bytes).slice();
  }

  /** Gives the network card a frame; lost, as on a real one, when the guest has no room for it. */
  frame(data: Uint8Array): void {
    const [received] = this.#networkCard()?.virtio.queues ?? [];
    if (received && hasBuffers(received)) this.#send("net0-receive", data);
  }

  #networkCard(): NetworkCard | undefined {
    return (this.#v86 as unknown as V86Internals).v86?.cpu.devices.virtio_net;
  }

  /** Tells the guest a terminal's size; a serial line has no way to. */
  resize(port: number, columns: number, rows: number): void {
    if (this.#terminals.on === "serial") return;
    const size = this.#terminals.size === "columns-rows" ? [rows, columns] : [columns, rows];
    this.#send(`virtio-console${port}-resize`, size);
  }

  /**
   * Guest instructions retired since power-on. v86 counts in 32 bits, so this must be called at
   * least once in 4 billion instructions.
   */
  instructions(): number {
    const counter = this.#v86.get_instruction_counter() >>> 0;
    this.#instructions += (counter - this.#lastCounter) >>> 0;
    this.#lastCounter = counter;
    return this.#instructions;
  }

  /** What the processor has done, for a clock that follows it; undefined before it is there. */
  #work(): Work | undefined {
    const cpu = (this.#v86 as unknown as Partial<V86Internals> | undefined)?.v86?.cpu;
    if (!cpu) return undefined;
    const halted = cpu.in_hlt[0] === 1;
    return {
      counter: this.#v86.get_instruction_counter() >>> 0,
      // While it waits for a file the computer is at work, not the guest.
      idle: halted && this.#shareRequests === 0,
    };
  }

  #send(event: string, data: unknown): void {
    (this.#v86 as unknown as V86Internals).bus.send(event, data);
  }
}

/**
 * Before it restores a state v86 clears the guest's memory. In a new instance that is clear already,
 * and clearing it takes three quarters of the restore's time.
 */
function withoutFirstClearing(exports: WebAssembly.Exports): WebAssembly.Exports {
  const clear = exports.zero_memory as (address: number, bytes: number) => void;
  if (!clear) throw new Error("v86 no longer exports zero_memory");
  let skipped = false;
  const zeroMemory = (address: number, bytes: number) => {
    if (skipped) clear(address, bytes);
    skipped = true;
  };
  return { ...exports, zero_memory: zeroMemory };
}

/** Index of v86's setting for the most pages of guest code in a translated module (`src/rust/jit.rs`). */
const MOST_PAGES_A_MODULE = 1;

/**
 * Makes v86 put one page of guest code into each module it translates, not three: a boot takes half of
 * the time, and computing for seconds somewhat more (decision 15).
 */
function translateByThePage(exports: WebAssembly.Exports): void {
  const { set_jit_config: set, get_jit_config: get } = exports as Record<
    string,
    ((index: number, value?: number) => number) | undefined
  >;
  set?.(MOST_PAGES_A_MODULE, 1);
  if (get?.(MOST_PAGES_A_MODULE) !== 1) throw new Error("v86 no longer takes set_jit_config");
}

function originOptions(machine: GuestMachine, origin: MachineOrigin) {
  if ("state" in origin) return {};
  const firmware = {
    bios: { buffer: origin.bios.buffer },
    ...(origin.vgaBios && { vga_bios: { buffer: origin.vgaBios.buffer } }),
  };
  // v86 writes into the image it is given: boot loader fields, or what the guest writes to disk.
  if ("floppy" in origin) return { ...firmware, fda: { buffer: origin.floppy.slice().buffer } };
  return {
    ...firmware,
    bzimage: { buffer: origin.kernel.slice().buffer },
    ...(initrdFits(machine) && { initrd: { buffer: origin.initrd.buffer } }),
    cmdline: machine.cmdline ?? "",
  };
}

/** Whether there is memory where v86 would put the initial file system. */
function initrdFits({ memoryMiB }: GuestMachine): boolean {
  return memoryMiB * 1024 * 1024 > INITRD_ADDRESS;
}

function bytesOfMac(mac: string): Uint8Array {
  return Uint8Array.from(mac.split(":"), (byte) => Number.parseInt(byte, 16));
}

/** A virtio queue: whether the guest's driver has set it up, and has posted buffers. */
interface Queue {
  enabled: boolean;
  has_request(): boolean;
}

function hasBuffers(queue: Queue): boolean {
  return queue.enabled && queue.has_request();
}

/** v86's virtio network card; its first queue has the guest's empty buffers. */
interface NetworkCard {
  mac: Uint8Array;
  virtio: VirtioPci & { queues: Queue[] };
}

interface VirtioPci {
  pci_id: number;
  pci_bars: { size: number }[];
}

/** What we use of v86 beyond its type declarations; a guest test fails when an update moves it. */
interface V86Internals {
  bus: { send(event: string, data: unknown): void };
  /** Missing until the engine has been loaded. */
  v86?: {
    cpu: {
      /** 1 while the processor waits for an interrupt. */
      in_hlt: Uint8Array;
      devices: {
        pci: { device_spaces: (Int32Array | undefined)[] };
        virtio_console: { virtio: VirtioPci & { queues: Queue[] } };
        virtio_9p?: { virtio: VirtioPci };
        virtio_net?: NetworkCard;
      };
    };
  };
}

/**
 * Tells of a guest's reset, so that the machine is made anew: v86 itself restarts the firmware over
 * a memory in which the kernel image has already been run, and so changed.
 */
function watchForReset(imports: WebAssembly.Imports, events: EmulatorEvents): void {
  const env = imports.env as Record<string, (port: number, value: number) => void>;
  const write = env.io_port_write8;
  if (!write) throw new Error("v86 no longer imports io_port_write8");
  env.io_port_write8 = (port, value) => {
    const kbc = port === KBC_COMMAND_PORT && value === KBC_PULSE_RESET;
    const chipset = port === RESET_CONTROL_PORT && (value & RESET_CPU_BIT) !== 0;
    if (kbc || chipset) events.reset();
    write(port, value);
  };
}
