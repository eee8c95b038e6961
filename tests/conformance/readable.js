// Compiles every schema of the given OpenAPI documents as the proxy does. The proxy passes over a schema that it
// cannot compile without a word, and what it passes over is held to nothing: so each such schema is printed here.
// Called with the directory of the proxy's packages and the documents; its last line is the number of schemas.
"use strict";

const [packages, ...documents] = process.argv.slice(2);
const from = (name) => require(require.resolve(name, { paths: [packages] }));

const { getHttpOperationsFromSpec } = from("@stoplight/prism-http/dist/utils/operations.js");
const merge = from("@stoplight/json-schema-merge-allof");
const Ajv = from("ajv").default;
const addFormats = from("ajv-formats").default;

function* schemas(call) {
  for (const content of call.request?.body?.contents ?? []) yield ["request body", content.schema];
  for (const place of ["path", "query", "headers"]) {
    const parameters = call.request?.[place] ?? [];
    const properties = Object.fromEntries(parameters.map((one) => [one.name, one.schema]));
    yield [place, { type: "object", properties }];
  }
  for (const response of call.responses) {
    for (const content of response.contents ?? []) yield [`answer ${response.code}`, content.schema];
  }
}

async function main() {
  const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, allowMatchingProperties: true, strict: false, logger: false });
  addFormats(ajv);
  ajv.addFormat("date-time", /./);
  let count = 0;
  for (const document of documents) {
    for (const call of await getHttpOperationsFromSpec(document)) {
      for (const [place, schema] of schemas(call)) {
        count += 1;
        try {
          const whole = merge(schema ?? {}, { deep: true, ignoreAdditionalProperties: true });
          ajv.compile({ ...whole, __bundled__: call.__bundled__ });
        } catch (error) {
          console.log(`${call.method.toUpperCase()} ${call.path}, ${place}: ${error.message}`);
        }
      }
    }
  }
  console.log(count);
}

main();
