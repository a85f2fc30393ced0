import { createTransport } from 'nodemailer';

/** A mail server that is silent for so long is away. */
const SMTP_MS_MAX = 10_000;

/** Sends mail in plain text. */
export interface Mailer {
  send(mail: { to: string; subject: string; text: string }): Promise<void>;
  close(): void;
}

/**
 * A mailer by SMTP.
 *
 * @param url such as `smtps://user:password@mail.example:465`
 */
export function openMailer(url: string, from: string): Mailer {
  const transport = createTransport(url, {
    from,
    connectionTimeout: SMTP_MS_MAX,
    greetingTimeout: SMTP_MS_MAX,
    socketTimeout: SMTP_MS_MAX,
  } as object);
  return {
    async send(mail) {
      await transport.sendMail({ from, ...mail });
    },
    close: () => transport.close(),
  };
}
