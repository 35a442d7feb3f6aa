/** How many visitors share one address, as people of one household do. */
const SHARE_AN_ADDRESS = 4;

/** The address that visitor `i` is said to come from. @throws RangeError past the last of 10.0.0.0/8. */
export function addressOf(i: number): string {
  const number = Math.floor(i / SHARE_AN_ADDRESS) + 1;
  if (number >= 2 ** 24) throw new RangeError(`there is no address for ${i}`);
  return `10.${number >> 16}.${(number >> 8) & 0xff}.${number & 0xff}`;
}
