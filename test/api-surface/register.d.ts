// src/register.d.ts
export {};
