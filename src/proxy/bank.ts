import { BareProxy, flush, invoke, withOptions } from '../client/index.ts';
import type { CallOptions } from '../client/index.ts';

/** Number of an account. */
export type AccountNumber = string | number;

/**
 * A replicated object (`concoord.object.bank.Bank`). Accounts by number.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class Bank extends BareProxy {
  /** The same proxy, on the same connection, with options for the calls that are made through it. */
  with(options: CallOptions): this {
    return withOptions(this, options);
  }

  /** Sends the calls that were gathered; resolves when every call made so far has ended. */
  flush(): Promise<void> {
    return flush(this);
  }

  /** Begins an account with nothing on it. False when there is one of that number. */
  open(number: AccountNumber): Promise<boolean> {
    return invoke(this, 'open', [number]);
  }

  /** Ends an account, whatever is on it. Rejects with `KeyError` when there is none. */
  close(number: AccountNumber): Promise<boolean> {
    return invoke(this, 'close', [number]);
  }

  /** Withdraws. Returns the new balance, or false when there is less than that. */
  debit(number: AccountNumber, amount: number): Promise<number | false> {
    return invoke(this, 'debit', [number, amount]);
  }

  /** Pays in. Returns the new balance. Rejects with `KeyError` when there is no such account. */
  deposit(number: AccountNumber, amount: number): Promise<number> {
    return invoke(this, 'deposit', [number, amount]);
  }

  /** From one account to another, all or nothing. False when there is less on the first. */
  transfer(from: AccountNumber, to: AccountNumber, amount: number): Promise<boolean> {
    return invoke(this, 'transfer', [from, to, amount]);
  }

  /** In dollars. Rejects with `KeyError` when there is no such account. */
  balance(number: AccountNumber): Promise<number> {
    return invoke(this, 'balance', [number]);
  }

  /** Numbers of all accounts, in the order in which they were opened. */
  numbers(): Promise<AccountNumber[]> {
    return invoke(this, 'numbers', []);
  }

  /** Replaces the object by a fresh one on every replica. */
  __concoordinit__(): Promise<void> {
    return invoke(this, '__concoordinit__', []);
  }

  /** The object's `toString()`. */
  __str__(): Promise<string> {
    return invoke(this, '__str__', []);
  }

  /** The object's `__repr__()`. */
  __repr__(): Promise<string> {
    return invoke(this, '__repr__', []);
  }
}
