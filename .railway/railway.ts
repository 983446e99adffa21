// The whole project on Railway: Rondo, its PostgreSQL, its Redis. `railway config plan` shows what would change,
// `railway config apply` does it; docs/railway.md begins with an empty account. The settings of the service are those of
// railway.json, which is read until 2026-12-01: a service has one of the two.
import { defineRailway, postgres, preserve, project, redis, service } from "railway/iac";

export default defineRailway((ctx) => {
  const database = postgres("Postgres");
  const cache = redis("Redis");

  const rondo = service("rondo", {
    build: { builder: "DOCKERFILE", dockerfilePath: "deploy/Dockerfile" },
    // Additive: the old deployment works with the new tables.
    preDeploy: "rondo migrate",
    healthcheck: "/readyz",
    healthcheckTimeout: 60,
    // Each takes 10,000 connections at most; any of them resumes sessions of the others.
    replicas: ctx.environment === "production" ? 2 : 1,
    deploy: {
      restartPolicyType: "ALWAYS",
      // Without these two a deploy is a SIGKILL. The old deployment runs beside the new one, then it has 30 s to move
      // its users; RONDO_DRAIN_S is 25.
      overlapSeconds: 20,
      drainingSeconds: 30,
    },
    env: {
      PORT: "8080",
      DATABASE_URL: database.env.DATABASE_URL,
      REDIS_URL: cache.env.REDIS_URL,
      // Set once with `railway variable set`, and kept.
      RONDO_SECRET: preserve(),
      RONDO_TURN_URLS: preserve(),
      RONDO_TURN_SECRET: preserve(),
    },
  });

  return project("rondo", { resources: [database, cache, rondo] });
});
