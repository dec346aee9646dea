import { KeyError, ValueError } from '../object/index.ts';
import { checkInteger, checkName, checkRoom, describe } from './checks.ts';
import { identify } from './plain-values.ts';

/**
 * In cents. Below it, dollars with two decimals and cents turn into one another exactly: a double holds
 * fifteen decimal digits.
 */
const MAX_CENTS = 999_999_999_999_999;

/** Number of an account. */
export type AccountNumber = string | number;

/**
 * An account. Amounts are dollars with at most two decimals; they are kept in whole cents, so that no sum is
 * ever off by the fraction of one.
 */
export class Account {
  number: AccountNumber;
  cents: number;

  constructor(number: AccountNumber, cents = 0) {
    this.number = checkNumber(number);
    this.cents = checkInteger(cents, 'a balance in cents', 0, MAX_CENTS);
  }

  /** In dollars. */
  balance(): number {
    return this.cents / 100;
  }

  /** Withdraws. Returns the new balance, or false when there is less than that. */
  debit(amount: number): number | false {
    const cents = centsOf(amount);
    if (cents > this.cents) return false;
    this.cents -= cents;
    return this.balance();
  }

  /** Returns the new balance. Throws RangeError for more than can be counted exactly. */
  deposit(amount: number): number {
    const cents = this.cents + centsOf(amount);
    if (cents > MAX_CENTS) throw new RangeError(`a balance is at most $${MAX_CENTS / 100}`);
    this.cents = cents;
    return this.balance();
  }

  toString(): string {
    return `Account ${this.number}: balance = $${this.balance().toFixed(2)}`;
  }
}

/** Accounts by number. */
export class Bank {
  /** Number and cents of each, by what identifies the number: 1 and '1' are two accounts. */
  accounts = new Map<string, { number: AccountNumber; cents: number }>();

  /** Begins an account with nothing on it. False when there is one of that number. */
  open(number: AccountNumber): boolean {
    const key = identify(checkNumber(number), NUMBER);
    if (this.accounts.has(key)) return false;
    checkRoom(this.accounts.size);
    this.accounts.set(key, { number, cents: 0 });
    return true;
  }

  /** Ends an account, whatever is on it. Throws KeyError when there is none. */
  close(number: AccountNumber): boolean {
    find(this, number);
    return this.accounts.delete(identify(number, NUMBER));
  }

  /** Withdraws. Returns the new balance, or false when there is less than that. */
  debit(number: AccountNumber, amount: number): number | false {
    const account = find(this, number);
    const result = account.debit(amount);
    keep(this, account);
    return result;
  }

  /** Pays in. Returns the new balance. Throws KeyError when there is no such account. */
  deposit(number: AccountNumber, amount: number): number {
    const account = find(this, number);
    const result = account.deposit(amount);
    keep(this, account);
    return result;
  }

  /** From one account to another, all or nothing. False when there is less on the first. */
  transfer(from: AccountNumber, to: AccountNumber, amount: number): boolean {
    const [payer, payee] = [find(this, from), find(this, to)];
    if (identify(from, NUMBER) === identify(to, NUMBER)) {
      throw new ValueError('money goes from one account to another, not to the same');
    }
    if (payer.debit(amount) === false) return false;
    payee.deposit(amount);
    keep(this, payer);
    keep(this, payee);
    return true;
  }

  /** In dollars. Throws KeyError when there is no such account. */
  balance(number: AccountNumber): number {
    return find(this, number).balance();
  }

  /** Numbers of all accounts, in the order in which they were opened. */
  numbers(): AccountNumber[] {
    return Array.from(this.accounts.values(), ({ number }) => number);
  }

  /** A line for each account. */
  toString(): string {
    return Array.from(this.accounts.values(), ({ number, cents }) =>
      new Account(number, cents).toString(),
    ).join('\n');
  }

  __repr__(): string {
    return `<Bank accounts=${this.accounts.size}>`;
  }
}

const NUMBER = 'the number of an account';

function checkNumber(number: unknown): AccountNumber {
  if (typeof number === 'number') {
    return checkInteger(number, NUMBER, -Number.MAX_SAFE_INTEGER);
  }
  return checkName(number, NUMBER);
}

/** Throws for what is no amount, before anything is changed. */
function centsOf(amount: unknown): number {
  if (typeof amount !== 'number' || Number.isNaN(amount)) {
    throw new TypeError(`an amount is a number of dollars, not ${describe(amount)}`);
  }
  if (amount <= 0) throw new ValueError(`an amount is more than 0, not ${amount}`);
  const cents = Math.round(amount * 100);
  if (cents > MAX_CENTS) throw new RangeError(`an amount is at most $${MAX_CENTS / 100}`);
  if (cents / 100 !== amount) {
    throw new ValueError(`an amount has at most two decimals: ${amount} would be rounded`);
  }
  return cents;
}

function find({ accounts }: Bank, number: AccountNumber): Account {
  const account = accounts.get(identify(checkNumber(number), NUMBER));
  if (account === undefined) throw new KeyError(`there is no account ${number}`);
  return new Account(account.number, account.cents);
}

function keep({ accounts }: Bank, { number, cents }: Account): void {
  accounts.set(identify(number, NUMBER), { number, cents });
}
