/** A process that applies changes until it is killed: `node writer.fixture.ts <directory>`. */

import { invoiceChanges, noDocuments, TABLES } from '../../kernel/testing/warehouse-changes.ts';
import { openDuckDbWarehouse } from './index.ts';

const warehouse = openDuckDbWarehouse({ directory: String(process.argv[2]) });
for (let batch = 0; ; batch++) {
  await warehouse.apply(invoiceChanges(batch), TABLES, noDocuments);
  process.stdout.write(`${batch}\n`);
}
