// Stands in for the package `railway` (its part `railway/iac`), as far as our file uses it: same names, same shape.
const reference = (resource) => new Proxy({}, { get: (_, output) => ({ type: 'reference', resource, output }) });
const database = (engine) => (name) => ({ type: 'database', engine, name, env: reference(name) });

export const defineRailway = (program) => program;
export const project = (name, definition) => ({ name, ...definition });
export const postgres = database('postgres');
export const redis = database('redis');
export const preserve = () => ({ type: 'preserve' });
export const service = (name, { preDeploy, healthcheck, healthcheckTimeout, replicas, deploy, ...rest }) => ({
  type: 'service',
  name,
  deploy: { ...deploy, preDeployCommand: [preDeploy].flat(), healthcheckPath: healthcheck, healthcheckTimeout, numReplicas: replicas },
  ...rest,
});
