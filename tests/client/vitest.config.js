import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['tests/client/**/*.test.js'], reporters: ['dot'], testTimeout: 15_000 } });
