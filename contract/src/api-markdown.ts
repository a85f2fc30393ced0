type Json = Record<string, unknown>;
interface Parameter {
  name: string;
  in: string;
  required: boolean;
  description?: string;
  schema: Json;
  example?: string | number | string[];
}
interface Operation {
  summary: string;
  description?: string;
  'x-who-may': string;
  parameters?: Parameter[];
  requestBody?: { content: { 'application/json': { schema: Json; example?: Json } } };
  responses: Record<string, { description: string; content?: Record<string, { schema: Json }> }>;
}

/** A JSON Schema as a short type: `string (uuid)`, `"a" | "b"`, `integer 0..10`, `{ a, b? }[]`. */
function typeOf(schema: Json): string {
  if ('const' in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum)) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const union = (schema.anyOf ?? schema.oneOf) as Json[] | undefined;
  if (union) return union.map(typeOf).join(' | ');
  if (Array.isArray(schema.type))
    return schema.type.map((type: unknown) => typeOf({ ...schema, type })).join(' | ');
  if (schema.type === 'null') return 'null';
  if (schema.type === 'array') {
    const items = schema.items as Json;
    return isUnion(items) ? `(${typeOf(items)})[]` : `${typeOf(items)}[]`;
  }
  if (schema.type === 'object' && !schema.properties)
    return `{ [name]: ${typeOf((schema.additionalProperties as Json) ?? {})} }`;
  if (schema.type === 'object') {
    const required = new Set((schema.required as string[] | undefined) ?? []);
    const fields = Object.entries(schema.properties as Record<string, Json>).map(
      ([name, field]) => `${name}${required.has(name) ? '' : '?'}: ${typeOf(field)}`,
    );
    return `{ ${fields.join(', ')} }`;
  }
  const length = schema.maxLength === undefined ? '' : `, at most ${schema.maxLength}`;
  if (schema.format) return `${schema.type} (${schema.format}${length})`;
  if (length) return `${schema.type} (${length.slice(2)} characters)`;
  return String(schema.type ?? 'any');
}
const isUnion = ({ enum: values, anyOf, oneOf, type }: Json) =>
  [values, anyOf, oneOf, type].some((one) => Array.isArray(one) && one.length > 1);
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function fieldTable(schema: Json): string[] {
  const required = new Set((schema.required as string[] | undefined) ?? []);
  const rows = Object.entries((schema.properties ?? {}) as Record<string, Json>).map(
    ([name, field]) =>
      `| \`${name}\` | ${cell(typeOf(field))} | ${required.has(name) ? 'yes' : ''} | ${cell(String(field.description ?? ''))} |`,
  );
  return ['| field | type | required | |', '|---|---|---|---|', ...rows, ''];
}

/** The example of an operation as a request; nothing of one that is asked without anything. */
function exampleOf(method: string, path: string, { parameters = [], requestBody }: Operation): string[] {
  const given = parameters.flatMap(({ name, in: place, example = [] }) =>
    [example].flat().map((value) => ({ name, place, value: encodeURIComponent(value) })),
  );
  const body = requestBody?.content['application/json'].example;
  if (given.length === 0 && body === undefined) return [];
  const query = given.filter(({ place }) => place === 'query').map(({ name, value }) => `${name}=${value}`);
  const target = given
    .filter(({ place }) => place === 'path')
    .reduce((url, { name, value }) => url.replace(`{${name}}`, value), path);
  return [
    'Example:',
    '',
    '```http',
    `${method.toUpperCase()} ${[target, ...(query.length > 0 ? [query.join('&')] : [])].join('?')}`,
    ...(body === undefined ? [] : ['', JSON.stringify(body, null, 2)]),
    '```',
    '',
  ];
}

/** The API's document as Markdown, for docs/API.md: one section a route, made from the OpenAPI document. */
export function apiMarkdown(document: Json): string {
  const info = document.info as { title: string; description: string };
  const lines = [
    `# ${info.title}: the API`,
    '',
    '<!-- Made from contract/ by `npm run docs`; a test holds it to the schemas. -->',
    '',
    info.description,
    '',
  ];
  for (const [path, methods] of Object.entries(document.paths as Record<string, Record<string, Operation>>))
    for (const [method, operation] of Object.entries(methods)) {
      lines.push(`## ${method.toUpperCase()} ${path}`, '', `${operation.summary}.`, '');
      lines.push(`Who may: ${operation['x-who-may']}`, '');
      if (operation.description) lines.push(operation.description, '');
      if (operation.parameters) {
        lines.push('| parameter | in | type | required | |', '|---|---|---|---|---|');
        for (const one of operation.parameters)
          lines.push(
            `| \`${one.name}\` | ${one.in} | ${cell(typeOf(one.schema))} | ${one.required ? 'yes' : ''} | ${cell(one.description ?? String(one.schema.description ?? ''))} |`,
          );
        lines.push('');
      }
      const body = operation.requestBody?.content['application/json'].schema;
      if (body) lines.push('Body:', '', ...fieldTable(body));
      lines.push(...exampleOf(method, path, operation));
      lines.push('| status | | body |', '|---|---|---|');
      for (const [status, reply] of Object.entries(operation.responses)) {
        const [type, content] = Object.entries(reply.content ?? {})[0] ?? [];
        const what = type === 'application/json' ? cell(typeOf(content?.schema ?? {})) : type;
        lines.push(`| ${status} | ${cell(reply.description)} | ${what ? `\`${what}\`` : ''} |`);
      }
      lines.push('');
    }
  return `${lines.join('\n').trimEnd()}\n`;
}
