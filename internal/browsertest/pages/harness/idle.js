// Waits until the test wants another page.
for (;;) {
  const answer = await fetch('/harness/next');
  if (answer.status === 200) {
    location.replace(await answer.text());
    break;
  }
}
