import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['tests/client/**/*.test.js'], reporters: ['dot'], testTimeout: 60_000, expect: { poll: { timeout: 20_000 } } } });
