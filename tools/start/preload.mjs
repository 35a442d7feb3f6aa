// Loaded before the TypeScript loader is put in place, which would pass each of their several hundred
// files through its hooks: that alone takes a second of a start.
import "jose";
import "prom-client";
import "typebox";
import "typebox/compile";
