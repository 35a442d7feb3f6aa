// What brings entries to the store, for those who fill a store without commands: buckets, and the way there.
export { Lane } from "../commit/lane.ts";
export { Persist } from "./persist.ts";
export { Turns } from "./turns.ts";
