/** A device of the PC, as the trap counter names it. */
export const deviceIds = [
  "timer",
  "interrupts",
  "serial",
  "pci",
  "vga",
  "clock",
  "keyboard",
  "dma",
  "disk",
  "firmware",
  "power",
  "virtio-console",
  "virtio-9p",
  "virtio-net",
  "delay",
  "other",
] as const;
export type DeviceId = (typeof deviceIds)[number];

/** Addresses from `first` to `last`, both included, and the device that answers there. */
export type Range = readonly [first: number, last: number, device: DeviceId];

/**
 * I/O ports by device. The fixed ones are the IBM PC/AT's and its successors', as `/proc/ioports` of
 * any PC lists them and as v86 0.5.462 registers them (`src/{pic,pit,rtc,uart,vga,ps2,dma,floppy,
 * ide,pci,acpi,cpu}.js`). PCI devices are not among them: firmware gives each its ports.
 */
const PORTS: readonly Range[] = [
  [0x00, 0x1f, "dma"],
  [0x20, 0x21, "interrupts"],
  [0x40, 0x43, "timer"],
  [0x60, 0x60, "keyboard"],
  [0x61, 0x61, "timer"],
  [0x64, 0x64, "keyboard"],
  [0x70, 0x71, "clock"],
  [0x80, 0x80, "delay"],
  [0x81, 0x8f, "dma"],
  [0x92, 0x92, "keyboard"],
  [0xa0, 0xa1, "interrupts"],
  [0xb2, 0xb3, "power"],
  [0xc0, 0xdf, "dma"],
  [0xed, 0xed, "delay"],
  [0x170, 0x177, "disk"],
  [0x1ce, 0x1cf, "vga"],
  [0x1f0, 0x1f7, "disk"],
  [0x2e8, 0x2ef, "serial"],
  [0x2f8, 0x2ff, "serial"],
  [0x376, 0x376, "disk"],
  [0x3b0, 0x3df, "vga"],
  [0x3e8, 0x3ef, "serial"],
  [0x3f0, 0x3f7, "disk"],
  [0x3f8, 0x3ff, "serial"],
  [0x4d0, 0x4d1, "interrupts"],
  [0x402, 0x402, "firmware"],
  [0x500, 0x500, "firmware"],
  [0x510, 0x511, "firmware"],
  [0xcf8, 0xcff, "pci"],
  [0xafe0, 0xafe3, "power"],
  [0xb000, 0xb03f, "power"],
];

/**
 * Physical addresses by device: the VGA's window (IBM VGA), and where the interrupt controllers
 * answer after power-on (Intel SDM vol. 3A, 11.4.1; 82093AA data sheet, 3.0).
 */
const MEMORY: readonly Range[] = [
  [0xa0000, 0xbffff, "vga"],
  [0xe0000000, 0xe7ffffff, "vga"],
  [0xfeb00000, 0xfebfffff, "vga"],
  [0xfec00000, 0xfec00fff, "interrupts"],
  [0xfee00000, 0xfee00fff, "interrupts"],
];

function find(ranges: readonly Range[], address: number): DeviceId {
  return ranges.find(([first, last]) => address >= first && address <= last)?.[2] ?? "other";
}

/**
 * The device that answers at an I/O port; `other` for one the table does not have, or nobody.
 * @param assigned  ports that firmware gave to PCI devices
 */
export function deviceOfPort(port: number, assigned: readonly Range[]): DeviceId {
  const own = find(PORTS, port);
  return own === "other" ? find(assigned, port) : own;
}

/** The device behind a physical address outside the machine's memory. */
export function deviceOfAddress(address: number): DeviceId {
  return find(MEMORY, address >>> 0);
}
