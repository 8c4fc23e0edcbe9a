/** The part of capstone.js that is used: it ships without types. */
declare module "@alexaltea/capstone-js" {
  interface Instruction {
    address: bigint | number;
    size: number;
    bytes: ArrayLike<number>;
    mnemonic: string;
    op_str: string;
  }
  interface Disassembler {
    option(option: number, value: number): void;
    /** @throws a string when not one instruction could be decoded */
    disasm(code: Uint8Array, address: number): Instruction[];
    close(): void;
  }
  interface Capstone {
    Capstone: new (architecture: number, mode: number) => Disassembler;
    ARCH_X86: number;
    MODE_16: number;
    MODE_32: number;
    OPT_SKIPDATA: number;
    OPT_ON: number;
  }
  const load: (options?: { locateFile?: (path: string) => string }) => Promise<Capstone>;
  export default load;
}
