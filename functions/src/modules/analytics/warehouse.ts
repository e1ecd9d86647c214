import { defineSubscriber } from '../../kernel/define.ts';
import { warehouseTables } from '../../kernel/warehouse/warehouse-tables.ts';
import { readRecordFrom } from './read-record.ts';

/** Brings every change into the warehouse; the warehouse itself makes redelivery harmless. */
export const warehouseSubscriber = defineSubscriber({
  name: 'analytics.warehouse',
  on: ['*'],
  handle: async (ctx, changes) => {
    await ctx.ports.warehouse.apply(changes, warehouseTables(ctx.app.registry), readRecordFrom(ctx));
  },
});
