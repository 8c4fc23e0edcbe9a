/** What of Pagefind's engine is used here (pagefind.app/docs/api). */
declare module "pagefind-engine" {
  export interface Result {
    id: string;
    score: number;
    data(): Promise<{ url: string }>;
  }
  export interface Found {
    results: Result[];
    unfilteredResultCount: number;
  }
  export function search(term: string | null, options?: object): Promise<Found>;
}
