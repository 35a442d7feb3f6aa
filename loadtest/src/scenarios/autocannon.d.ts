/** The part of autocannon 9 that is used here; the package has no types. */
declare module "autocannon" {
  type Histogram = { readonly average: number; readonly p50: number; readonly p99: number; readonly max: number };
  type Result = {
    readonly latency: Histogram;
    readonly requests: Histogram & { readonly total: number };
    readonly errors: number;
    readonly timeouts: number;
    readonly non2xx: number;
  };
  function autocannon(options: {
    url: string;
    connections: number;
    duration: number;
    pipelining: number;
  }): Promise<Result>;
  export = autocannon;
}
