"""urllib, or asyncio: fetch.py urllib|asyncio URL AUTHORITY"""
import asyncio
import ssl
import sys
import urllib.parse
import urllib.request

how, url, authority = sys.argv[1:]
context = ssl.create_default_context(cafile=authority)


async def fetch():
    place = urllib.parse.urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port, ssl=context)
    writer.write(f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n\r\n".encode())
    return await reader.read()


page = asyncio.run(fetch()) if how == "asyncio" else urllib.request.urlopen(url, timeout=30, context=context).read()
print(page.decode())
