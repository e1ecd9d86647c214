import { defineModule } from '../../kernel/define.ts';
import { companies } from './companies.collection.ts';
import { contacts } from './contacts.collection.ts';

export const crm = defineModule({ name: 'crm', collections: [contacts, companies] });
