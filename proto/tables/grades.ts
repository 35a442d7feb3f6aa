/**
 * What an operator of an account is in every group of it: `main` has everything an owner has; the next four have what
 * the role template of that name gives; `staff` has only what a group gives.
 */
export const GRADES = ["main", "admin", "moderator", "events", "recruitment", "staff"] as const;
export type Grade = (typeof GRADES)[number];
