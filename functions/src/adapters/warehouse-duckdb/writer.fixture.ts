/** A process that applies changes until it is killed: `node writer.fixture.ts <directory>`. */
import { openDuckDbWarehouse } from './index.ts';
import { invoiceChanges, noDocuments, TABLES } from './testing.ts';

const warehouse = openDuckDbWarehouse({ directory: String(process.argv[2]) });
for (let batch = 0; ; batch++) {
  await warehouse.apply(invoiceChanges(batch), TABLES, noDocuments);
  process.stdout.write(`${batch}\n`);
}
