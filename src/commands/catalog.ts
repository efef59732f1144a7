import type { CommandMaker } from "./common-options.ts";

export type Leaf = { readonly summary: string; readonly load: () => Promise<CommandMaker> };
export type Group = {
  readonly summary: string;
  /** What the group's bare name means. */
  readonly byDefault?: string;
  readonly commands: Readonly<Record<string, Leaf>>;
};

/** Every command by the words that are typed. A command's file is loaded only when it is the one asked for. */
export const CATALOG: Readonly<Record<string, Group | Leaf>> = {
  connect: {
    summary: "Connections to brokers, and the kill switch",
    commands: {
      add: {
        summary: "Add a connection; its credential is checked with the broker first",
        load: async () => (await import("./connect/add.ts")).add,
      },
      list: {
        summary: "Connections and their accounts",
        load: async () => (await import("./connect/list.ts")).list,
      },
      status: {
        summary: "Whether each connection works, and how fast",
        load: async () => (await import("./connect/status.ts")).status,
      },
      test: {
        summary: "Try a connection's credential",
        load: async () => (await import("./connect/test.ts")).test,
      },
      use: {
        summary: "Make a connection the default",
        load: async () => (await import("./connect/use.ts")).use,
      },
      remove: {
        summary: "Remove a connection and its credential",
        load: async () => (await import("./connect/remove.ts")).remove,
      },
      rotate: {
        summary: "Replace a connection's credential",
        load: async () => (await import("./connect/rotate.ts")).rotate,
      },
      alias: {
        summary: "Give an account a name of your own",
        load: async () => (await import("./connect/alias.ts")).alias,
      },
      halt: {
        summary: "Stop every new order, in every process, until resume",
        load: async () => (await import("./connect/halt.ts")).halt,
      },
      resume: {
        summary: "Lift a halt, or all of them",
        load: async () => (await import("./connect/resume.ts")).resume,
      },
      reset: {
        summary: "Close a circuit breaker by hand",
        load: async () => (await import("./connect/reset.ts")).reset,
      },
    },
  },
  accounts: {
    summary: "Balances, margin, instruments",
    byDefault: "list",
    commands: {
      list: {
        summary: "Accounts with balance, equity and margin",
        load: async () => (await import("./accounts/list.ts")).list,
      },
      instruments: {
        summary: "What can be traded, with prices, spread and margin",
        load: async () => (await import("./accounts/instruments.ts")).instruments,
      },
      balance: {
        summary: "Balance at the end of each day, as a chart",
        load: async () => (await import("./accounts/balance.ts")).balance,
      },
      capabilities: {
        summary: "What the broker can do, and what is refused",
        load: async () => (await import("./accounts/capabilities.ts")).capabilities,
      },
      rules: {
        summary: "The compliance rules of the account: source, dates, numbers",
        load: async () => (await import("./accounts/rules.ts")).rules,
      },
    },
  },
  order: {
    summary: "Place, change, cancel, look up and settle orders",
    commands: {
      buy: {
        summary: "Buy an instrument at the market, or at a price of your own",
        load: async () => (await import("./order/buy.ts")).buy,
      },
      sell: {
        summary: "Sell an instrument at the market, or at a price of your own",
        load: async () => (await import("./order/sell.ts")).sell,
      },
      submit: {
        summary: "Orders for a file of signals, each signal once, ever",
        load: async () => (await import("./order/submit.ts")).submit,
      },
      list: {
        summary: "Orders of the account, newest first",
        load: async () => (await import("./order/list.ts")).list,
      },
      show: {
        summary: "One order, here and at the broker",
        load: async () => (await import("./order/show.ts")).show,
      },
      modify: {
        summary: "Change an order that waits",
        load: async () => (await import("./order/modify.ts")).modify,
      },
      cancel: {
        summary: "Take back orders that wait",
        load: async () => (await import("./order/cancel.ts")).cancel,
      },
      reconcile: {
        summary: "Settle orders whose outcome is unknown",
        load: async () => (await import("./order/reconcile.ts")).reconcile,
      },
    },
  },
  positions: {
    summary: "What is open, its exits, and closing it",
    byDefault: "list",
    commands: {
      list: {
        summary: "Open positions with their profit and loss",
        load: async () => (await import("./positions/list.ts")).list,
      },
      show: {
        summary: "One position with its trades and exits",
        load: async () => (await import("./positions/show.ts")).show,
      },
      modify: {
        summary: "Set, move and remove stop loss, take profit and trailing stop",
        load: async () => (await import("./positions/modify.ts")).modify,
      },
      close: {
        summary: "Close a position or a trade, wholly or in part",
        load: async () => (await import("./positions/close.ts")).close,
      },
    },
  },
  stream: {
    summary: "Prices as they change, a line each",
    load: async () => (await import("./stream/stream.ts")).stream,
  },
  history: {
    summary: "What happened on each account, and the audit trail with its proof",
    commands: {
      sync: {
        summary: "Read what is new in the broker's log of each account",
        load: async () => (await import("./history/sync.ts")).sync,
      },
      list: {
        summary: "What happened on the account, newest first",
        load: async () => (await import("./history/list.ts")).list,
      },
      show: {
        summary: "One transaction",
        load: async () => (await import("./history/show.ts")).show,
      },
      export: {
        summary: "The history as CSV, JSON lines, hledger or beancount",
        load: async () => (await import("./history/export.ts")).exportHistory,
      },
      import: {
        summary: "Take over a broker's statement, or another machine's export",
        load: async () => (await import("./history/import.ts")).importHistory,
      },
      pnl: {
        summary: "Profit and loss by day, week or month",
        load: async () => (await import("./history/pnl.ts")).pnl,
      },
      backup: {
        summary: "Copy the database while it is in use, and check the copy",
        load: async () => (await import("./history/backup.ts")).backup,
      },
      restore: {
        summary: "Put a backup in the database's place, once it is proven",
        load: async () => (await import("./history/restore.ts")).restore,
      },
      retention: {
        summary: "What is held, until when it has to be kept, and what may go",
        load: async () => (await import("./history/retention.ts")).retention,
      },
      migrate: {
        summary: "Copy the history to a PostgreSQL server, and prove that it is there",
        load: async () => (await import("./history/migrate.ts")).migrate,
      },
      login: {
        summary: "Keep the password of the history's PostgreSQL server",
        load: async () => (await import("./history/login.ts")).login,
      },
      reconcile: {
        summary: "Compare our record with the broker's",
        load: async () => (await import("./history/reconcile.ts")).reconcile,
      },
      audit: {
        summary: "Who did what, when, and which checks were made",
        load: async () => (await import("./history/audit.ts")).audit,
      },
      verify: {
        summary: "Prove that the audit trail was not changed",
        load: async () => (await import("./history/verify.ts")).verify,
      },
    },
  },
  config: {
    summary: "Settings, and where each value comes from",
    byDefault: "list",
    commands: {
      list: {
        summary: "Every setting with its value and where it comes from",
        load: async () => (await import("./config/list.ts")).list,
      },
      get: {
        summary: "One setting",
        load: async () => (await import("./config/get.ts")).get,
      },
      set: {
        summary: "Change a setting",
        load: async () => (await import("./config/set.ts")).set,
      },
      path: {
        summary: "Where configuration and data are kept",
        load: async () => (await import("./config/path.ts")).path,
      },
    },
  },
  completion: {
    summary: "Completion of commands, instruments and ids in a shell",
    commands: {
      bash: {
        summary: "The script for bash",
        load: async () => (await import("./completion/bash.ts")).bash,
      },
      zsh: {
        summary: "The script for zsh",
        load: async () => (await import("./completion/zsh.ts")).zsh,
      },
      fish: {
        summary: "The script for fish",
        load: async () => (await import("./completion/fish.ts")).fish,
      },
    },
  },
  watch: {
    summary: "The full-screen view: prices, positions, orders, accounts, and trading from it",
    load: async () => (await import("./watch.ts")).watch,
  },
  practice: {
    summary: "A practice broker that speaks OANDA v20",
    commands: {
      serve: {
        summary: "Serve OANDA's v20 API over the paper venue, offline",
        load: async () => (await import("./practice/serve.ts")).serve,
      },
    },
  },
};

/** Whether a first word is a whole command by itself. */
export function isLeaf(entry: Group | Leaf): entry is Leaf {
  return "load" in entry;
}
