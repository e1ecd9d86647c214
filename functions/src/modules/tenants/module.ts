import { defineModule } from '../../kernel/define.ts';
import { tenantMembers, tenantMemberships, tenantNodes } from '../../kernel/tenants/tenancy.ts';
import { current, updateCurrent } from './current.ts';
import { acceptInvitation, addMemberByInvitation, invitations, withdrawInvitation } from './invitations.ts';
import { removeMemberEndpoint, setRole } from './members.ts';
import { tenantResolver } from './resolve.ts';

export const tenants = defineModule({
  name: 'tenants',
  collections: [tenantNodes, tenantMemberships, tenantMembers, invitations],
  endpoints: [
    current,
    updateCurrent,
    addMemberByInvitation,
    acceptInvitation,
    withdrawInvitation,
    removeMemberEndpoint,
    setRole,
  ],
  tenants: tenantResolver,
});
