type Known = { readonly segments: readonly string[]; readonly methods: Set<string> };

/** Which methods there are at a path, so that a wrong one is told apart from a wrong path. */
export class AllowedMethods {
  readonly #known = new Map<string, Known>();

  /** Notes a route. `pattern` may have whole segments like `:name`. */
  add(pattern: string, method: string | readonly string[]): void {
    const known = this.#known.get(pattern) ?? { segments: pattern.split("/"), methods: new Set() };
    for (const name of typeof method === "string" ? [method] : method) known.methods.add(name);
    this.#known.set(pattern, known);
  }

  /** The methods of all routes that `url` meets; none: there is no such path. */
  at(url: string): readonly string[] {
    const segments = (url.split("?", 1)[0] ?? "").split("/");
    const met = [...this.#known.values()].filter((known) => fits(known.segments, segments));
    return [...new Set(met.flatMap(({ methods }) => [...methods]))].sort();
  }
}

function fits(pattern: readonly string[], path: readonly string[]): boolean {
  if (pattern.length !== path.length) return false;
  return pattern.every((segment, i) => (segment.startsWith(":") ? path[i] !== "" : segment === path[i]));
}
