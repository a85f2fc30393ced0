/**
 * Programs that open a link to show what is behind it, beside a message that somebody wrote: nobody has clicked. By the names that their
 * makers document. Crawlers and other bots are not among them: these are clicks, which the fraud rules flag.
 */
const PREVIEWS =
  /facebookexternalhit|Facebot|Twitterbot|Slackbot-LinkExpanding|Slack-ImgProxy|WhatsApp\/|TelegramBot|Discordbot|LinkedInBot|SkypeUriPreview|MicrosoftPreview|BingPreview|Viber\/|redditbot|Pinterestbot|vkShare|Iframely|Embedly|Snap URL Preview|Mastodon\/|Bluesky Cardyb|Google-PageRenderer|Synapse \(bot|ZoomBot/i;

/** Whether a request for a link comes from a program that makes a preview of it. */
export const isPreview = (userAgent: string): boolean => PREVIEWS.test(userAgent);
