/** A process that leaves its warehouse open and has nothing more to do: `node idle.fixture.ts <directory>`. */

import { invoiceChanges, noDocuments, TABLES } from '../../kernel/testing/warehouse-changes.ts';
import { openDuckDbWarehouse } from './index.ts';

const warehouse = openDuckDbWarehouse({ directory: String(process.argv[2]) });
const { applied } = await warehouse.apply(invoiceChanges(0), TABLES, noDocuments);
process.stdout.write(`${applied}\n`);
