import { defineModule } from '../../kernel/define.ts';
import { activities } from './activities.collection.ts';
import { companies } from './companies.collection.ts';
import { contacts } from './contacts.collection.ts';
import { metrics } from './metrics.ts';

export const crm = defineModule({ name: 'crm', collections: [contacts, companies, activities], metrics });
