import booking from './booking.es.json';
import faq from './faq.es.json';
import lead from './lead.es.json';
import person from './person.es.json';
import rating from './rating.es.json';
import welcome from './welcome.es.json';

export const templates = { welcome, lead, booking, faq, rating, person };
