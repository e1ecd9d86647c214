import { defineModule } from '../../kernel/define.ts';
import { charts } from './charts.collection.ts';
import { customMetrics } from './custom/custom-metrics.collection.ts';
import { dashboard } from './dashboard.ts';
import { exportAnswer } from './export.ts';
import { attribution } from './journeys/attribution.ts';
import { funnel } from './journeys/funnel.ts';
import { retention } from './journeys/retention.ts';
import { lineage } from './lineage.ts';
import { metrics } from './metrics.ts';
import { query } from './query.ts';
import { rebuild } from './rebuild.ts';
import { reconcile } from './reconcile.ts';
import { sql } from './sql/ask.ts';
import { exportSql } from './sql/export.ts';
import { tables } from './sql/list.ts';
import { warehouseSubscriber } from './warehouse.ts';

/** The read-only queries other modules use. */
export { preferredCurrency } from './currency.ts';
export { memberNames } from './member-names.ts';
export { comparedRange } from './periods.ts';
export { moment, type QueryInput } from './request.ts';
export { askableDimensions, currenciesOf, extentOf, type MetricResult, runMetricQuery } from './run-query.ts';

export const analytics = defineModule({
  name: 'analytics',
  collections: [charts, customMetrics],
  endpoints: [
    query,
    exportAnswer,
    metrics,
    dashboard,
    funnel,
    retention,
    attribution,
    rebuild,
    sql,
    exportSql,
    tables,
    lineage,
  ],
  subscribers: [warehouseSubscriber],
  schedules: [reconcile],
});
