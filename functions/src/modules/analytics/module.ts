import { defineModule } from '../../kernel/define.ts';
import { dashboard } from './dashboard.ts';
import { metrics } from './metrics.ts';
import { query } from './query.ts';
import { warehouseSubscriber } from './warehouse.ts';

/** The read-only query other modules use. */
export { currenciesOf, extentOf, type MetricResult, runMetricQuery } from './run-query.ts';

export const analytics = defineModule({
  name: 'analytics',
  endpoints: [query, metrics, dashboard],
  subscribers: [warehouseSubscriber],
});
