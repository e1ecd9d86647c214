import { notFound } from 'next/navigation';

/** Addresses that lead nowhere get the portal's own page. */
export default function Page(): never {
  notFound();
}
