import { timingSafeEqual } from 'node:crypto';
import type { PubSubEngine } from '@mewayz/emulators/pubsub';
import type { NextFunction, Request, Response } from 'express';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Relay } from './relay.ts';

export interface Metrics {
  /** Measures each request; put it before everything else. */
  measure(request: Request, response: Response, next: NextFunction): void;
  /** Answers a scrape from this machine or with the token; 404 for everybody else. */
  serve(request: Request, response: Response, next: NextFunction): void;
}

export function createMetrics(pubsub: PubSubEngine, relay: Relay, token: string | undefined): Metrics {
  const registry = new Registry();
  // Includes nodejs_eventloop_lag_*, memory and garbage collection.
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the request to the end of its response, by function.',
    labelNames: ['function', 'method', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  });
  new Gauge({
    name: 'relay_lag_seconds',
    help: 'Age of the oldest change that is not in the topic yet.',
    registers: [registry],
    collect() {
      this.set(relay.lagSeconds());
    },
  });
  addSubscriptionGauges(registry, pubsub);

  return {
    measure(request, response, next) {
      const start = performance.now();
      response.once('close', () => {
        const name = response.locals.function ?? 'none';
        const labels = { function: name, method: request.method, status: response.statusCode };
        durations.observe(labels, (performance.now() - start) / 1_000);
      });
      next();
    },
    serve(request, response, next) {
      if (!mayRead(request, token)) {
        next();
        return;
      }
      registry.metrics().then((text) => response.type(registry.contentType).send(text), next);
    },
  };
}

function addSubscriptionGauges(registry: Registry, pubsub: PubSubEngine): void {
  new Gauge({
    name: 'subscription_backlog_messages',
    help: 'Messages that a subscriber has not acknowledged.',
    labelNames: ['subscription'],
    registers: [registry],
    collect() {
      for (const [subscription, { backlog }] of Object.entries(pubsub.statistics().subscriptions)) {
        this.set({ subscription }, backlog);
      }
    },
  });
  new Gauge({
    name: 'subscription_oldest_message_age_seconds',
    help: 'Age of the oldest message that a subscriber has not acknowledged.',
    labelNames: ['subscription'],
    registers: [registry],
    collect() {
      for (const [subscription, { oldest }] of Object.entries(pubsub.statistics().subscriptions)) {
        this.set({ subscription }, oldest ? (Date.now() - oldest.getTime()) / 1_000 : 0);
      }
    },
  });
}

function mayRead(request: Request, token: string | undefined): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  if (token !== undefined && given.length === wanted.length && timingSafeEqual(given, wanted)) return true;
  // A proxy on this machine is local too, but says that it forwards.
  const forwarded =
    request.headers['x-forwarded-for'] !== undefined || request.headers.forwarded !== undefined;
  return !forwarded && /^(::ffff:)?127\.|^::1$/.test(request.socket.remoteAddress ?? '');
}
