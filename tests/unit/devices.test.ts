import { describe, expect, it } from "vitest";
import { deviceOfAddress, deviceOfPort, type Range } from "../../src/machine/devices.ts";

const ASSIGNED: Range[] = [
  [0xc000, 0xc03f, "virtio-console"],
  [0xc040, 0xc05f, "virtio-9p"],
];

describe("the device at a port", () => {
  it.each([
    [0x40, "timer"],
    [0x43, "timer"],
    [0x61, "timer"],
    [0x20, "interrupts"],
    [0xa1, "interrupts"],
    [0x3f8, "serial"],
    [0x3ff, "serial"],
    [0xcf8, "pci"],
    [0xcff, "pci"],
    [0x3d4, "vga"],
    [0x1f7, "disk"],
    [0x3f6, "disk"],
    [0x60, "keyboard"],
    [0x70, "clock"],
    [0x80, "delay"],
    [0x1234, "other"],
  ] as const)("%i is %s", (port, device) => {
    expect(deviceOfPort(port, [])).toBe(device);
  });

  it("is that of the range firmware assigned, both ends included", () => {
    expect(deviceOfPort(0xc000, ASSIGNED)).toBe("virtio-console");
    expect(deviceOfPort(0xc03f, ASSIGNED)).toBe("virtio-console");
    expect(deviceOfPort(0xc040, ASSIGNED)).toBe("virtio-9p");
    expect(deviceOfPort(0xc060, ASSIGNED)).toBe("other");
  });

  it("stays that of a PC's fixed ports, whatever was assigned", () => {
    expect(deviceOfPort(0x40, [[0x00, 0xffff, "virtio-net"]])).toBe("timer");
  });
});

describe("the device at an address", () => {
  it.each([
    [0x9_ffff, "other"],
    [0xa_0000, "vga"],
    [0xb_8000, "vga"],
    [0xb_ffff, "vga"],
    [0xc_0000, "other"],
    [0xfec0_0000, "interrupts"],
    [0xfee0_0000, "interrupts"],
  ] as const)("%i is %s", (address, device) => {
    expect(deviceOfAddress(address)).toBe(device);
  });

  it("is the same for a number that has become negative", () => {
    expect(deviceOfAddress(0xfee0_0000 | 0)).toBe("interrupts");
  });
});
