import ts from "typescript";

/** What a file imports, and whether only types come of it. */
export type Import = { readonly from: string; readonly typeOnly: boolean };

function literal(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;
}

function typeOnlyImport(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  if (clause.name !== undefined || named === undefined || !ts.isNamedImports(named)) return false;
  return named.elements.length > 0 && named.elements.every((element) => element.isTypeOnly);
}

function importAt(node: ts.Node): Import | undefined {
  let from: string | undefined;
  let typeOnly = false;
  if (ts.isImportDeclaration(node)) {
    from = literal(node.moduleSpecifier);
    typeOnly = typeOnlyImport(node.importClause);
  } else if (ts.isExportDeclaration(node)) {
    from = literal(node.moduleSpecifier);
    typeOnly = node.isTypeOnly;
  } else if (ts.isImportTypeNode(node)) {
    from = ts.isLiteralTypeNode(node.argument) ? literal(node.argument.literal) : undefined;
    typeOnly = true;
  } else if (ts.isCallExpression(node) && isLoader(node.expression)) {
    from = literal(node.arguments[0]);
  }
  return from === undefined ? undefined : { from, typeOnly };
}

/** `import(…)` and `require(…)`. */
function isLoader(callee: ts.Expression): boolean {
  if (callee.kind === ts.SyntaxKind.ImportKeyword) return true;
  return ts.isIdentifier(callee) && callee.text === "require";
}

/** Every module a source names: imports, re-exports, dynamic imports and import types. */
export function importsOf(text: string): readonly Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const one = importAt(node);
    if (one !== undefined) found.push(one);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("source.ts", text, ts.ScriptTarget.ES2023));
  return found;
}
