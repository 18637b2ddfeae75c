import { type Runtime, Session } from 'node:inspector';

/** Where the inspector finds what it is asked about. */
const HOLDER = Symbol.for('rightlink.model.inspected');
/** Captured values looked at for one function; what is behind them counts as the same. */
const VALUES = 10_000;

let session: Session | undefined;
const modules = new Map<string, string>();

/**
 * Where a function's text begins, as module and place within it: the same in every thread that runs the same modules. The
 * language does not tell; V8's inspector does. The empty text where there is none.
 *
 * @param captured says also what variables around it hold that are not the module's own, as far as they are plain data
 */
export function functionPlace(value: object, captured: boolean): string {
  const found = remoteOf(value);
  if (found === null) return '';
  const { internalProperties = [] } = propertiesOf(found);
  const internal = (name: string) => internalProperties.find((each) => each.name === name)?.value;
  const place = internal('[[FunctionLocation]]')?.value as Place | undefined;
  const scopes = internal('[[Scopes]]')?.objectId;
  const text = place === undefined ? '' : `${moduleOf(place.scriptId)}:${place.lineNumber}:${place.columnNumber}`;
  return captured && scopes !== undefined ? `${text} ${capturedText(scopes)}` : text;
}

interface Place {
  scriptId: string;
  lineNumber: number;
  columnNumber: number;
}

function capturedText(scopes: string): string {
  const around = propertiesOf(scopes).result.flatMap(({ value }) => (value === undefined ? [] : [value]));
  const own = around.filter(({ description = '' }) => !/^(Module|Script|Global)/.test(description));
  const known = new Map<object, number>();
  return own.map(({ objectId }) => contentText(objectId === undefined ? null : localOf(objectId), known)).join(';');
}

/** Data as text: equal for data that nothing can tell apart. Of functions, only their text. */
function contentText(value: unknown, known: Map<object, number>): string {
  if (typeof value === 'function') return `${value.name} ${Function.prototype.toString.call(value)}`;
  if (typeof value !== 'object' || value === null)
    return Object.is(value, -0) ? '-0' : `${typeof value} ${String(value)}`;
  const number = known.get(value);
  if (number !== undefined) return `#${number}`;
  known.set(value, known.size);
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} ${String(value)}`;
  const parts: string[] = [];
  const members = value instanceof Map || value instanceof Set ? [...value] : [];
  for (const [name, { value: member }] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    if (known.size < VALUES) parts.push(`${name}=${contentText(member, known)}`);
  }
  for (const member of members) if (known.size < VALUES) parts.push(contentText(member, known));
  return `${value.constructor?.name ?? ''}{${parts.join()}}`;
}

/** The inspector's name for a value; null when it does not see what this code sees (another context). */
function remoteOf(value: object): string | null {
  const holder = globalThis as { [HOLDER]?: unknown };
  holder[HOLDER] = value;
  const expression = `globalThis[Symbol.for('${HOLDER.description}')]`;
  const { result } = ask('Runtime.evaluate', { expression }) as Runtime.EvaluateReturnType;
  delete holder[HOLDER];
  return result.objectId ?? null;
}

/** The value of the inspector's name for it. */
function localOf(objectId: string): unknown {
  const functionDeclaration = `function () { globalThis[Symbol.for('${HOLDER.description}')] = this; }`;
  ask('Runtime.callFunctionOn', { objectId, functionDeclaration });
  const holder = globalThis as { [HOLDER]?: unknown };
  const value = holder[HOLDER];
  delete holder[HOLDER];
  return value;
}

function propertiesOf(objectId: string): Runtime.GetPropertiesReturnType {
  return ask('Runtime.getProperties', { objectId, ownProperties: true }) as Runtime.GetPropertiesReturnType;
}

/** The URL of a module that V8 knows by a number, without what a loader may have added to it. */
function moduleOf(scriptId: string): string {
  if (!modules.has(scriptId)) {
    ask('Debugger.enable', {});
    ask('Debugger.disable', {});
  }
  return (modules.get(scriptId) ?? '').replace(/[?#].*$/, '');
}

/** Answers come at once, within `post`. */
function ask(method: string, parameters: object): object {
  if (session === undefined) {
    session = new Session();
    session.connect();
    session.on('Debugger.scriptParsed', ({ params }) => modules.set(params.scriptId, params.url));
  }
  let answer: object = {};
  session.post(method, parameters, (error, result) => {
    if (error !== null) throw new Error(`the inspector rejects ${method}: ${error.message}`);
    answer = result ?? {};
  });
  return answer;
}
