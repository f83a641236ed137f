// The same keys built with aws-cdk-lib, a hundred in a stack: `node cdk.cjs SHAPE.json COUNT OUT`.
// SHAPE.json holds the statements of `benchmarks/estate.py`; NODE_PATH leads to aws-cdk-lib.
const { readFileSync } = require("node:fs");
const { App, Stack } = require("aws-cdk-lib/core");
const { Key } = require("aws-cdk-lib/aws-kms");
const iam = require("aws-cdk-lib/aws-iam");

const [shape, count, outdir] = process.argv.slice(2);
const statements = JSON.parse(readFileSync(shape, "utf8"));
const kinds = {
  AWS: (who) => new iam.ArnPrincipal(who),
  Service: (who) => new iam.ServicePrincipal(who),
};

const app = new App({ outdir, analyticsReporting: false });
let stack;
for (let number = 0; number < Number(count); number++) {
  if (number % 100 === 0) stack = new Stack(app, `Keys${number}`);
  const name = `key-${String(number).padStart(5, "0")}`;
  const named = (text) => text.replaceAll("NAME", name);
  const policy = new iam.PolicyDocument({
    statements: statements.map(
      (one) =>
        new iam.PolicyStatement({
          sid: one.sid,
          principals: one.who.map((who) => kinds[one.kind](named(who))),
          actions: one.actions,
          resources: ["*"],
          conditions: JSON.parse(named(JSON.stringify(one.condition))),
        }),
    ),
  });
  new Key(stack, name, { description: `What ${name} encrypts`, enableKeyRotation: true, policy });
}
app.synth();
