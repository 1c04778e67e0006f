/** The payment in the address, as `/?payment=...`. Without it the page shows the one in its markup. */
const payment = new URLSearchParams(location.search).get('payment');

if (payment) {
  document.querySelector('refund-form').setAttribute('payment-id', payment);
  document.querySelector('input').value = payment;
}
