// Prints the public API of the package as text: what each entry of package.json exports, without comments, by name. make api

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from '../jsglue/node_modules/typescript/lib/typescript.js';

const folder = new URL('../jsglue/', import.meta.url);
const { exports } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
const entries = Object.entries(exports).filter(([, target]) => target.types).map(([entry, { types }]) => ({ entry, file: fileURLToPath(new URL(types, folder)) }));
const program = ts.createProgram(entries.map(({ file }) => file), { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, strict: true, types: [], noEmit: true });
const checker = program.getTypeChecker();
const printer = ts.createPrinter({ removeComments: true });

/** @param {ts.Symbol} exported */
function declarations(exported) {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  return (symbol.declarations ?? []).map((declaration) => {
    const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    return printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile());
  });
}

/** Entries by the file of their types: two entries may have the same. @type {Map<string, string[]>} */
const byFile = new Map();
for (const { entry, file } of entries) byFile.set(file, [...byFile.get(file) ?? [], entry.replace(/^\./, 'pkcewasm')]);
for (const [file, names] of byFile) {
  console.log(`# ${names.join(', ')}\n`);
  const module = checker.getSymbolAtLocation(program.getSourceFile(file));
  const symbols = checker.getExportsOfModule(module).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const symbol of symbols) console.log(`${declarations(symbol).join('\n')}\n`);
}
console.log(`# files\n\n${Object.entries(exports).filter(([, target]) => !target.types).map(([entry]) => entry.replace(/^\./, 'pkcewasm')).join('\n')}`);
