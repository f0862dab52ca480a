import booking from './booking.en.json';
import faq from './faq.en.json';
import lead from './lead.en.json';
import person from './person.en.json';
import rating from './rating.en.json';
import welcome from './welcome.en.json';

export const templates = { welcome, lead, booking, faq, rating, person };
