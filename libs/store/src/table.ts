/** int: a safe integer · text · blob · bool · ints, texts: lists · json: any plain data. */
export type ColumnType = "int" | "text" | "blob" | "bool" | "ints" | "texts" | "json";

export type KeyPart = number | string;
/** Values of the partition columns, then of the clustering columns. */
export type Key = readonly KeyPart[];

/** A table as data. Every row carries all columns; key columns are `int` or `text`. */
export type Table<Row extends object = Record<string, unknown>> = {
  readonly name: string;
  readonly partition: readonly (keyof Row & string)[];
  readonly clustering: readonly (keyof Row & string)[];
  /** Newest first is the usual way to read it (Cassandra's clustering order). */
  readonly descending?: boolean;
  readonly columns: { readonly [C in keyof Row]-?: ColumnType };
  /** Phantom: the type of a row. */
  readonly row?: Row;
};

/** Declares a table; the types check that its keys are columns. */
export function defineTable<Row extends object>(table: Table<Row>): Table<Row> {
  return table;
}

/** The partition key of a row. */
export function partitionKeyOf<Row extends object>(table: Table<Row>, row: Row): Key {
  return table.partition.map((column) => row[column] as KeyPart);
}

/** The key of a row. */
export function keyOf<Row extends object>(table: Table<Row>, row: Row): Key {
  return [...table.partition, ...table.clustering].map((column) => row[column] as KeyPart);
}
