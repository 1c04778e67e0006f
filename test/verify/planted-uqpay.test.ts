import { plantFaults } from './planting.ts';

plantFaults('uqpay');
