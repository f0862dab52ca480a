"""Certifies the fake Bot API server with a second foreign client: aiogram, which sends its parameters as a form and reads every answer
into strict types.

    cargo build -p recado-testkit --bin fake-telegram
    pip install -r requirements.txt && python certify.py <path of fake-telegram>
"""

import asyncio
import json
import sys

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramBadRequest, TelegramForbiddenError, TelegramUnauthorizedError
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, KeyboardButton, LabeledPrice, ReplyKeyboardMarkup

CHAT = 7


async def main() -> None:
    fake = await asyncio.create_subprocess_exec(sys.argv[1], stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    told = json.loads(await fake.stdout.readline())

    async def tell(line: str):
        fake.stdin.write(f"{line}\n".encode())
        return json.loads(await fake.stdout.readline())

    session = AiohttpSession(api=TelegramAPIServer.from_base(told["url"]))
    bot = Bot(told["token"], session=session)
    dispatcher = Dispatcher()
    seen: asyncio.Queue = asyncio.Queue()
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="Yes", callback_data="yes:1")]])

    @dispatcher.message(CommandStart(deep_link=True))
    async def start(message, command: CommandObject):
        await message.answer(f"<b>{command.args}</b> sent you", parse_mode="HTML", reply_markup=keyboard)
        await seen.put("start")

    @dispatcher.callback_query(F.data == "yes:1")
    async def press(query):
        await query.answer()
        await query.message.answer("Pressed")
        await seen.put("press")

    @dispatcher.my_chat_member()
    async def member(update):
        await seen.put(update.new_chat_member.status)

    async def wait_for(what: str) -> None:
        found = await asyncio.wait_for(seen.get(), 10)
        assert found == what, (found, what)
        print(f"ok: {what}")

    async def refused(kind, words: str, call) -> None:
        try:
            await call
        except kind as error:
            assert words in str(error), error
            print(f"ok: refused, {words}")
        else:
            raise AssertionError(words)

    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
    await tell(f"says {CHAT} /start promo_7")
    await wait_for("start")
    await tell(f"presses {CHAT} Yes")
    await wait_for("press")
    assert await tell(f"sent {CHAT}") == ["promo_7 sent you", "Pressed"]
    await tell(f"blocks {CHAT}")
    await wait_for("kicked")
    await refused(TelegramForbiddenError, "bot was blocked by the user", bot.send_message(CHAT, "hi"))
    await tell(f"unblocks {CHAT}")
    await wait_for("member")

    await refused(TelegramBadRequest, "chat not found", bot.send_message(99, "hi"))
    await refused(TelegramBadRequest, "can't parse entities", bot.send_message(CHAT, "<b>", parse_mode="HTML"))
    stranger = Bot("1:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw", session=session)
    await refused(TelegramUnauthorizedError, "Unauthorized", stranger.get_me())
    photo = await bot.send_photo(CHAT, "https://example.com/a.jpg", caption="<i>A</i>", parse_mode="HTML")
    assert photo.caption == "A" and photo.photo
    album = await bot.send_media_group(CHAT, [InputMediaPhoto(media=f"https://example.com/{name}.jpg") for name in "ab"])
    assert len(album) == 2
    share = ReplyKeyboardMarkup(keyboard=[[KeyboardButton(text="Share", request_contact=True)]], one_time_keyboard=True)
    assert (await bot.send_message(CHAT, "Your number?", reply_markup=share)).reply_markup is None
    invoice = await bot.send_invoice(CHAT, "Seat", "A seat", "m:1", "XTR", [LabeledPrice(label="Seat", amount=5)])
    assert invoice.invoice.total_amount == 5
    assert await bot.send_chat_action(CHAT, "typing")
    assert (await bot.get_file("F1")).file_path
    assert (await bot.get_webhook_info()).url == ""
    print("ok: photos, albums, keyboards, invoices, files")

    await dispatcher.stop_polling()
    await polling
    await session.close()
    fake.stdin.close()
    await fake.wait()
    print("certified: aiogram 3.31.0")


asyncio.run(main())
